{{/*
The enabled roles as YAML, by the name of the Deployment after the release's: what each runs, how it ends, what its
sidecar is. Everything that differs between roles is here; templates/roles.yaml is the same for all.

  args, values           the command, and the role's part of the values
  http                   it serves people on port 8000
  preStop, drain         seconds before SIGTERM, and those that the code takes after it, at most
  app                    the end of its app id; empty: no sidecar. appPort: what the sidecar calls
  access                 the Configuration of its sidecar: who may call it
  reports                what it reports as in TODO_EXPECTED_ROLES
  scaler                 hpa, keda, or none
*/}}
{{- define "todo.roles" -}}
{{- $v := .Values -}}
{{- $dapr := eq $v.transport "dapr" -}}
{{- $redis := ne $v.redis.mode "none" -}}
{{- $roles := dict -}}
{{- if not $v.single.enabled -}}
{{- $web := $v.roles.web -}}
{{- $_ := set $roles "web" (dict
  "args" (list "web" "--host" "0.0.0.0" "--port" "8000" "--processes" (int $web.processes | toString) "--threads" (int $web.threads | toString) "--keepalive" (int $web.keepalive | toString))
  "values" $web "http" true "preStop" 10 "drain" 10 "app" (ternary "web" "" $dapr) "appPort" "8000" "access" "todo-web"
  "reports" (list) "scaler" (ternary "hpa" "" $web.autoscaling.enabled)
  "connections" (mul (int $web.processes) (int $web.threads))) -}}
{{- if $v.roles.sockets.enabled -}}
{{- $sockets := $v.roles.sockets -}}
{{- $_ := set $roles "sockets" (dict
  "args" (list "sockets" "--host" "0.0.0.0" "--port" "8000") "values" $sockets "http" true "preStop" 5 "drain" 8 "app" ""
  "reports" (list "sockets") "scaler" (ternary "hpa" "" $sockets.autoscaling.enabled) "connections" 8) -}}
{{- end -}}
{{- $relay := $v.roles.relay -}}
{{- $_ := set $roles "relay" (dict
  "args" (list "relay") "values" $relay "preStop" 0 "drain" 15 "app" (ternary "relay" "" $dapr) "access" "todo"
  "reports" (list "relay") "scaler" (ternary "keda" "" (and $v.keda.enabled $relay.autoscaling.enabled)) "connections" 4) -}}
{{- range $name, $consumer := (include "todo.consumers" . | fromYaml) -}}
{{- $scaler := ternary "keda" "" (and $v.keda.enabled $consumer.autoscaling.enabled) -}}
{{- if eq $v.transport "kafka" -}}
{{- $_ := set $roles (printf "consume-%s" $name) (dict
  "args" (list "consume" $name) "values" $consumer "preStop" 0 "drain" 12 "app" ""
  "reports" (list (printf "consumer:%s" $name)) "scaler" $scaler "consumer" $name "connections" 2) -}}
{{- else if $dapr -}}
{{- $_ := set $roles (printf "receive-%s" $name) (dict
  "args" (list "receive" $name) "values" $consumer "preStop" 5 "drain" 10 "app" $name "appPort" "8000" "access" "todo"
  "reports" (list (printf "receiver:%s" $name)) "scaler" $scaler "consumer" $name "connections" 4) -}}
{{- end -}}
{{- end -}}
{{- if $dapr -}}
{{- $_ := set $roles "sweeps" (dict
  "args" (list "receive" "--sweeps") "values" $v.roles.sweeps "preStop" 5 "drain" 10 "app" "sweeps" "appPort" "8000"
  "access" "todo-sweeps" "jobs" true "reports" (list "sweeps" "dapr-jobs") "scaler" "" "connections" 5) -}}
{{- end -}}
{{- if $v.roles.worker.enabled -}}
{{- $worker := $v.roles.worker -}}
{{- $_ := set $roles "worker" (dict
  "args" (list "worker" "sweeps" "jobs" "--processes" (int $worker.processes | toString)) "values" $worker
  "preStop" 0 "drain" 60 "app" "" "reports" (list "worker") "scaler" "" "connections" (add 1 (int $worker.processes))) -}}
{{- end -}}
{{- if $v.roles.deliver.enabled -}}
{{- $_ := set $roles "deliver" (dict
  "args" (ternary (list "worker" "deliveries" "--processes" "1") (list "deliver") $redis) "values" $v.roles.deliver
  "preStop" 0 "drain" 60 "app" "" "reports" (list "deliver") "scaler" "" "connections" 2) -}}
{{- end -}}
{{- if $v.roles.beat.enabled -}}
{{- $_ := set $roles "beat" (dict
  "args" (list "beat") "values" $v.roles.beat "preStop" 0 "drain" 5 "app" "" "recreate" true "reports" (list "beat")
  "scaler" "" "connections" 1) -}}
{{- end -}}
{{- if $v.roles.metrics.enabled -}}
{{- $_ := set $roles "metrics" (dict
  "args" (list "metrics") "values" $v.roles.metrics "preStop" 0 "drain" 2 "app" "" "reports" (list "metrics")
  "scaler" "" "connections" 1) -}}
{{- end -}}
{{- end -}}
{{ toYaml $roles }}
{{- end -}}

{{/* The consumers of this release with their values, as YAML: `all`, changed by what each says. */}}
{{- define "todo.consumers" -}}
{{- $v := .Values -}}
{{- $found := dict -}}
{{- range $name, $topics := (.Files.Get "code.yaml" | fromYaml).consumers -}}
{{- if or (ne $name "snapshots") (and $v.dapr.stateStore.enabled (eq $v.transport "dapr")) -}}
{{- $_ := set $found $name (mergeOverwrite (deepCopy $v.consumers.all) (index $v.consumers $name | default dict)) -}}
{{- end -}}
{{- end -}}
{{ toYaml $found }}
{{- end -}}

{{/* How many pods there may be at most. (a role of todo.roles) */}}
{{- define "todo.most" -}}
{{- if .scaler -}}{{ int .values.autoscaling.max }}{{- else -}}{{ int (.values.replicas | default 1) }}{{- end -}}
{{- end -}}

{{/* How many pods there are at least. (a role of todo.roles) */}}
{{- define "todo.least" -}}
{{- if .scaler -}}{{ int .values.autoscaling.min }}{{- else -}}{{ int (.values.replicas | default 1) }}{{- end -}}
{{- end -}}
