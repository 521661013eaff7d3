package main

import (
	"github.com/dapr/components-contrib/bindings/cron"
	"github.com/dapr/components-contrib/nameresolution/mdns"
	nrsqlite "github.com/dapr/components-contrib/nameresolution/sqlite"
	psmemory "github.com/dapr/components-contrib/pubsub/in-memory"
	"github.com/dapr/components-contrib/pubsub/kafka"
	psredis "github.com/dapr/components-contrib/pubsub/redis"
	"github.com/dapr/components-contrib/secretstores/kubernetes"
	secretenv "github.com/dapr/components-contrib/secretstores/local/env"
	secretfile "github.com/dapr/components-contrib/secretstores/local/file"
	statememory "github.com/dapr/components-contrib/state/in-memory"
	statepostgresql "github.com/dapr/components-contrib/state/postgresql/v2"
	stateredis "github.com/dapr/components-contrib/state/redis"
	"github.com/dapr/kit/logger"

	"github.com/dapr/dapr/pkg/components"
	"github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/runtime/registry"
)

// registerComponents registers only what this platform names in its Dapr files: a
// fraction of what the released daprd carries, so that it builds in minutes.
func registerComponents(log logger.Logger) *registry.Options {
	pubsubs := pubsub.NewRegistry()
	pubsubs.RegisterComponent(kafka.NewKafka, "kafka")
	pubsubs.RegisterComponent(psredis.NewRedisStreams, "redis")
	pubsubs.RegisterComponent(psmemory.New, "in-memory")

	states := state.NewRegistry()
	v2 := components.VersionConstructor{Version: "v2", Constructor: statepostgresql.NewPostgreSQLStateStore}
	states.RegisterComponentWithVersions("postgresql", components.Versioning{Preferred: v2, Default: "v2"})
	states.RegisterComponent(stateredis.NewRedisStateStore, "redis")
	states.RegisterComponent(statememory.NewInMemoryStateStore, "in-memory")

	secrets := secretstores.NewRegistry()
	secrets.RegisterComponent(secretfile.NewLocalSecretStore, "local.file")
	secrets.RegisterComponent(secretenv.NewEnvSecretStore, "local.env")
	secrets.RegisterComponent(kubernetes.NewKubernetesSecretStore, "kubernetes")

	inputs := bindings.NewRegistry()
	inputs.RegisterInputBinding(cron.NewCron, "cron")

	names := nameresolution.NewRegistry()
	names.RegisterComponent(mdns.NewResolver, "mdns")
	names.RegisterComponent(nrsqlite.NewResolver, "sqlite")

	pubsubs.Logger, states.Logger, secrets.Logger, inputs.Logger, names.Logger = log, log, log, log, log
	return registry.NewOptions().
		WithPubSubs(pubsubs).
		WithStateStores(states).
		WithSecretStores(secrets).
		WithBindings(inputs).
		WithNameResolutions(names)
}
