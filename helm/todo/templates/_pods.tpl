{{/* The settings that are no secrets, as YAML: the ConfigMap of all roles. */}}
{{- define "todo.config" -}}
{{- $v := .Values -}}
{{- $at := include "todo.services" . | fromYaml -}}
{{- $hosts := prepend $v.extraHosts $v.host -}}
{{- $origins := list -}}
{{- range $hosts }}{{ $origins = append $origins (printf "https://%s" .) }}{{ end -}}
TODO_ALLOWED_HOSTS: {{ join "," $hosts | quote }}
TODO_CSRF_TRUSTED_ORIGINS: {{ join "," $origins | quote }}
TODO_BASE_URL: {{ printf "https://%s" $v.host | quote }}
TODO_TRUSTED_PROXIES: {{ int $v.trustedProxies | toString | quote }}
TODO_HOST: "0.0.0.0"
TODO_EVENT_TRANSPORT: {{ $v.transport }}
TODO_EMAIL_FROM: {{ $v.smtp.from | quote }}
TODO_LOG_FORMAT: json
TODO_LOG_LEVEL: {{ $v.logLevel }}
{{- if not $v.single.enabled }}
{{- $reports := list }}
{{- range include "todo.roles" . | fromYaml }}{{ $reports = concat $reports .reports }}{{ end }}
TODO_EXPECTED_ROLES: {{ join "," ($reports | sortAlpha) | quote }}
{{- end }}
{{- if and $v.single.enabled $v.single.sqlite }}
TODO_DATABASE_URL: sqlite:////data/todo/todo.sqlite3
{{- else if $at.database.host }}
TODO_DATABASE_URL: {{ include "todo.databaseUrl" (dict "root" . "user" $v.database.user) | quote }}
TODO_DATABASE_PREPARE: {{ $v.database.prepare | quote }}
{{- end }}
{{- if and (ne $v.redis.mode "none") $at.redis.host (not $v.single.enabled) }}
TODO_REDIS_URL: {{ printf "%s://%s:%d/%d" (ternary "rediss" "redis" $at.redis.tls) $at.redis.host (int $at.redis.port) (int $v.redis.database) | quote }}
{{- end }}
{{- if and (ne $v.redis.mode "none") $at.redis.caSecret (not $v.single.enabled) }}
TODO_REDIS_CA_FILE: /etc/todo/redis/{{ $v.redis.caKey }}
{{- end }}
{{- if include "todo.usesKafka" . }}
TODO_KAFKA_BOOTSTRAP_SERVERS: {{ $at.kafka.brokers | quote }}
TODO_KAFKA_SECURITY_PROTOCOL: {{ $at.kafka.securityProtocol }}
{{- if hasPrefix "SASL_" $at.kafka.securityProtocol }}
TODO_KAFKA_SASL_MECHANISM: {{ $at.kafka.saslMechanism }}
TODO_KAFKA_USERNAME: {{ $at.kafka.user | quote }}
{{- end }}
{{- if and $at.kafka.caSecret (hasSuffix "SSL" $at.kafka.securityProtocol) }}
TODO_KAFKA_CA_FILE: /etc/todo/kafka/{{ $at.kafka.caKey }}
{{- end }}
TODO_TOPIC_PREFIX: {{ $v.kafka.topics.prefix | quote }}
TODO_TOPIC_PARTITIONS: {{ include "todo.partitions" . | quote }}
TODO_TOPIC_REPLICATION: {{ int $v.kafka.topics.replication | toString | quote }}
{{- end }}
{{- if eq $v.transport "dapr" }}
TODO_DAPR_PUBSUB: {{ $v.dapr.pubsub.name }}
TODO_DAPR_APP_PREFIX: {{ include "todo.appPrefix" . }}
{{- if $v.dapr.stateStore.enabled }}
TODO_STATE_STORE: {{ $v.dapr.stateStore.name }}
{{- end }}
{{- end }}
{{- with $v.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
TODO_TRACE_PERCENT: {{ int $v.tracing.percent | toString | quote }}
TODO_TRACE_CLIENTS: {{ ternary "yes" "no" $v.tracing.clients | quote }}
{{- end }}
{{- range $name, $value := $v.extraEnv }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* The database's address without a password. (dict "root" $ "user" name) */}}
{{- define "todo.databaseUrl" -}}
{{- $v := .root.Values -}}
{{- $at := (include "todo.services" .root | fromYaml).database -}}
{{- $ca := ternary (printf "&sslrootcert=/etc/todo/database/%s" $v.database.caKey) "" (ne $at.caSecret "") -}}
postgresql://{{ .user }}@{{ $at.host }}:{{ int $at.port }}/{{ $v.database.name }}?sslmode={{ $at.sslMode }}{{ $ca }}
{{- end -}}

{{/*
What a container finds in its environment besides the ConfigMap. (dict "root" $ "env" more "sidecar" bool "owner" bool)
With a sidecar and dapr.secretStore.atStart the keys of `secret.name` that bear their variables' names are read by it.
*/}}
{{- define "todo.env" -}}
{{- $v := .root.Values -}}
{{- $at := include "todo.services" .root | fromYaml -}}
{{- $dapr := eq $v.transport "dapr" -}}
{{- $atStart := and $dapr .sidecar $v.dapr.secretStore.atStart -}}
{{- $main := $v.secret.name -}}
{{- $secrets := list (list "TODO_SECRET_KEY" $main "TODO_SECRET_KEY" false) (list "TODO_SECRET_KEY_FALLBACKS" $main "TODO_SECRET_KEY_FALLBACKS" true) (list "TODO_AUDIT_KEYS" $main "TODO_AUDIT_KEYS" false) (list "TODO_VAPID_PRIVATE_KEY" $main "TODO_VAPID_PRIVATE_KEY" true) -}}
{{- $plain := dict -}}
{{- if not (and $v.single.enabled $v.single.sqlite) -}}
{{- if .owner -}}
{{- $_ := set $plain "TODO_DATABASE_URL" (include "todo.databaseUrl" (dict "root" .root "user" $v.database.owner)) -}}
{{- $_ := set $plain "TODO_DATABASE_APPLICATION_ROLE" $v.database.user -}}
{{- $secrets = append $secrets (list "TODO_DATABASE_PASSWORD" ($v.database.ownerSecret | default $main) $v.database.ownerPasswordKey false) -}}
{{- else if $at.database.host -}}
{{- $secrets = append $secrets (list "TODO_DATABASE_PASSWORD" $at.database.secret $v.database.passwordKey false) -}}
{{- else -}}
{{- $secrets = append $secrets (list "TODO_DATABASE_URL" $main "TODO_DATABASE_URL" false) -}}
{{- end -}}
{{- end -}}
{{- if and (ne $v.redis.mode "none") (not $v.single.enabled) -}}
{{- if $at.redis.host -}}
{{- $secrets = append $secrets (list "TODO_REDIS_PASSWORD" $at.redis.secret $v.redis.passwordKey false) -}}
{{- else -}}
{{- $secrets = append $secrets (list "TODO_REDIS_URL" $main "TODO_REDIS_URL" false) -}}
{{- end -}}
{{- end -}}
{{- if and (include "todo.usesKafka" .root) (hasPrefix "SASL_" $at.kafka.securityProtocol) -}}
{{- $secrets = append $secrets (list "TODO_KAFKA_PASSWORD" $at.kafka.secret $at.kafka.passwordKey false) -}}
{{- end -}}
{{- if $v.smtp.enabled -}}
{{- $secrets = append $secrets (list "TODO_EMAIL_URL" $main "TODO_EMAIL_URL" false) -}}
{{- end -}}
{{- if $dapr -}}
{{- $secrets = append $secrets (list "DAPR_API_TOKEN" $v.dapr.apiTokenSecret "token" false) -}}
{{- $secrets = append $secrets (list "APP_API_TOKEN" $v.dapr.appTokenSecret "token" false) -}}
{{- end -}}
{{- if $atStart -}}
{{- $_ := set $plain "TODO_SECRETS_STORE" $v.dapr.secretStore.name -}}
{{- $_ := set $plain "TODO_SECRETS_NAME" $main -}}
{{- end -}}
{{- range $name, $value := mergeOverwrite $plain (.env | default dict) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $secrets }}
{{- if not (and $atStart (eq (index . 1) $main) (eq (index . 0) (index . 2))) }}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
      {{- if index . 3 }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Secrets with certificate authorities, as YAML: the folder under /etc/todo, and the Secret. */}}
{{- define "todo.authorities" -}}
{{- $at := include "todo.services" . | fromYaml -}}
{{- $found := dict -}}
{{- if and $at.database.caSecret (not (and .Values.single.enabled .Values.single.sqlite)) }}{{ $_ := set $found "database" $at.database.caSecret }}{{ end -}}
{{- if and $at.redis.caSecret (ne .Values.redis.mode "none") (not .Values.single.enabled) }}{{ $_ := set $found "redis" $at.redis.caSecret }}{{ end -}}
{{- if and $at.kafka.caSecret (include "todo.usesKafka" .) (hasSuffix "SSL" $at.kafka.securityProtocol) }}{{ $_ := set $found "kafka" $at.kafka.caSecret }}{{ end -}}
{{ toYaml $found }}
{{- end -}}

{{- define "todo.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- range $folder, $secret := (include "todo.authorities" . | fromYaml) }}
- {name: {{ $folder }}-ca, mountPath: /etc/todo/{{ $folder }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "todo.volumes" -}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- range $folder, $secret := (include "todo.authorities" . | fromYaml) }}
- name: {{ $folder }}-ca
  secret: {secretName: {{ $secret }}}
{{- end }}
{{- end -}}

{{/* On which nodes pods run. */}}
{{- define "todo.placement" -}}
{{- $where := .Values.podDefaults -}}
{{- with $where.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $where.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $where.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every pod of ours has, and no more rights than these. (dict "root" $ "component" name) */}}
{{- define "todo.podBasics" -}}
{{- $v := .root.Values -}}
serviceAccountName: {{ include "todo.fullname" .root }}-{{ .component }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with $v.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- include "todo.placement" .root }}
{{- end -}}

{{/* The image, and no more rights than these. */}}
{{- define "todo.containerRights" -}}
image: {{ include "todo.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "todo.containerBasics" -}}
{{ include "todo.containerRights" . }}
envFrom:
  - configMapRef: {name: {{ include "todo.fullname" . }}}
{{- end -}}

{{/* The database is a file of a volume, which one node at a time may have: pods that need it go to that node. */}}
{{- define "todo.besideSingle" -}}
{{- if and .Values.single.enabled .Values.single.sqlite -}}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{ include "todo.selector" (dict "root" . "component" "single") | nindent 12 }}
{{- end -}}
{{- end -}}

{{/* Startup may wait ten minutes for the tables. Liveness asks neither database nor broker. (dict "side" port "ready" port) */}}
{{- define "todo.probes" -}}
startupProbe:
  httpGet: {path: /startupz, port: {{ .side }}}
  periodSeconds: 5
  failureThreshold: 120
  timeoutSeconds: 3
readinessProbe:
  httpGet: {path: /readyz, port: {{ .ready }}}
  periodSeconds: 5
  failureThreshold: 3
  timeoutSeconds: 3
livenessProbe:
  httpGet: {path: /livez, port: {{ .side }}}
  periodSeconds: 10
  failureThreshold: 3
  timeoutSeconds: 3
{{- end -}}

{{/* Annotations by which pods start anew when what they read has changed. */}}
{{- define "todo.checksums" -}}
checksum/config: {{ include "todo.config" . | sha256sum | trunc 16 }}
{{- with .Values.secret.revision }}
checksum/secret: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The sidecar of a role. (dict "root" $ "role" role) */}}
{{- define "todo.sidecar" -}}
{{- $v := .root.Values -}}
{{- $resources := $v.dapr.sidecar.resources -}}
dapr.io/enabled: "true"
dapr.io/app-id: {{ include "todo.appPrefix" .root }}-{{ .role.app }}
{{- if .role.appPort }}
dapr.io/app-port: {{ .role.appPort | quote }}
dapr.io/app-protocol: http
dapr.io/enable-app-health-check: "true"
dapr.io/app-health-check-path: /livez
{{- else }}
dapr.io/block-shutdown-duration: 15s
{{- end }}
dapr.io/config: {{ .role.access }}
dapr.io/log-as-json: "true"
dapr.io/api-token-secret: {{ $v.dapr.apiTokenSecret | quote }}
dapr.io/app-token-secret: {{ $v.dapr.appTokenSecret | quote }}
dapr.io/graceful-shutdown-seconds: "10"
dapr.io/max-body-size: 4Mi
dapr.io/enable-metrics: "true"
dapr.io/metrics-port: "9090"
dapr.io/sidecar-seccomp-profile-type: RuntimeDefault
dapr.io/sidecar-cpu-request: {{ $resources.requests.cpu | quote }}
dapr.io/sidecar-memory-request: {{ $resources.requests.memory | quote }}
dapr.io/sidecar-memory-limit: {{ $resources.limits.memory | quote }}
{{- if not $v.dapr.secretStore.atStart }}
dapr.io/disable-builtin-k8s-secret-store: "true"
{{- end }}
{{- end -}}
