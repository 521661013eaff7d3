{{/* At most 40 characters, so that every name made of it fits into a label and a CronJob. */}}
{{- define "todo.fullname" -}}
{{- if contains "todo" .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-todo" (.Release.Name | trunc 35 | trimSuffix "-") }}
{{- end -}}
{{- end -}}

{{/* Partitions of a topic. */}}
{{- define "todo.partitions" -}}
{{- $code := .Files.Get "code.yaml" | fromYaml -}}
{{ int (default (index $code.partitions .Values.transport) .Values.kafka.topics.partitions) }}
{{- end -}}

{{/* What selectors match: these labels never change. (dict "root" $ "component" name) */}}
{{- define "todo.selector" -}}
app.kubernetes.io/name: todo
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of an object. (dict "root" $ "component" name) */}}
{{- define "todo.labels" -}}
{{ include "todo.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of a pod: without the chart's version, or each release of the chart would start all pods anew. */}}
{{- define "todo.podLabels" -}}
{{ include "todo.selector" . }}
{{- with mergeOverwrite (dict) .root.Values.commonLabels .root.Values.podDefaults.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of what an operator makes pods of: none that our selectors match. */}}
{{- define "todo.foreignLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "todo.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "todo.appPrefix" -}}
{{ .Values.dapr.appIdPrefix | default (include "todo.fullname" .) }}
{{- end -}}

{{- define "todo.kafkaCluster" -}}
{{ include "todo.fullname" . }}-kafka
{{- end -}}

{{/* "yes" where Kafka carries events, by our client or by Dapr. */}}
{{- define "todo.usesKafka" -}}
{{- $v := .Values -}}
{{- if or (eq $v.transport "kafka") (and (eq $v.transport "dapr") (eq $v.dapr.pubsub.type "kafka")) -}}yes{{- end -}}
{{- end -}}

{{/* Where things are and which Secrets open them, as YAML: database, redis, kafka. */}}
{{- define "todo.services" -}}
{{- $v := .Values -}}
{{- $name := include "todo.fullname" . -}}
{{- $simple := eq $v.database.mode "simple" -}}
database:
  host: {{ ternary (printf "%s-postgresql" $name) $v.database.host $simple | quote }}
  port: {{ ternary 5432 (int $v.database.port) $simple }}
  sslMode: {{ ternary "disable" $v.database.sslMode $simple }}
  secret: {{ $v.database.secret | default $v.secret.name }}
  caSecret: {{ ternary "" $v.database.caSecret $simple | quote }}
redis:
  host: {{ ternary (printf "%s-redis" $name) $v.redis.host (eq $v.redis.mode "simple") | quote }}
  port: {{ ternary 6379 (int $v.redis.port) (eq $v.redis.mode "simple") }}
  tls: {{ and $v.redis.tls (ne $v.redis.mode "simple") }}
  secret: {{ $v.redis.secret | default $v.secret.name }}
  caSecret: {{ ternary "" $v.redis.caSecret (eq $v.redis.mode "simple") | quote }}
kafka:
{{- if eq $v.kafka.mode "strimzi" }}
  brokers: {{ include "todo.kafkaCluster" . }}-kafka-bootstrap:9093
  securityProtocol: SASL_SSL
  saslMechanism: SCRAM-SHA-512
  user: {{ $name }}
  secret: {{ $name }}
  passwordKey: password
  caSecret: {{ include "todo.kafkaCluster" . }}-cluster-ca-cert
  caKey: ca.crt
{{- else }}
  brokers: {{ join "," $v.kafka.brokers | quote }}
  securityProtocol: {{ $v.kafka.securityProtocol }}
  saslMechanism: {{ $v.kafka.saslMechanism }}
  user: {{ $v.kafka.user | quote }}
  secret: {{ $v.kafka.secret | default $v.secret.name }}
  passwordKey: {{ $v.kafka.passwordKey }}
  caSecret: {{ $v.kafka.caSecret | quote }}
  caKey: {{ $v.kafka.caKey }}
{{- end }}
{{- end -}}

{{/* "yes" where there is something to back up, and it is wanted. */}}
{{- define "todo.keepsBackups" -}}
{{- if .Values.backup.enabled -}}yes{{- end -}}
{{- end -}}

{{- define "todo.hasPostgresql" -}}
{{- $v := .Values -}}
{{- if and (eq $v.database.mode "simple") (not (and $v.single.enabled $v.single.sqlite)) -}}yes{{- end -}}
{{- end -}}

{{- define "todo.hasRedis" -}}
{{- if and (eq .Values.redis.mode "simple") (not .Values.single.enabled) -}}yes{{- end -}}
{{- end -}}
