// Command sentry is Dapr's certificate authority on the loopback, for tests of mTLS and of who may call whom.
//
// It is github.com/dapr/dapr/cmd/sentry/app without its health server, which listens on every address.
package main

import (
	"flag"
	"path/filepath"
	"time"

	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/modes"
	sentryv1pb "github.com/dapr/dapr/pkg/proto/sentry/v1"
	"github.com/dapr/dapr/pkg/sentry"
	"github.com/dapr/dapr/pkg/sentry/config"
	"github.com/dapr/dapr/pkg/sentry/monitoring"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
)

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1")
	folder := flag.String("folder", "", "folder of the authority's certificates and key, made when it is empty")
	flag.Parse()
	log := logger.NewLogger("dapr.sentry")
	ctx := signals.Context()
	if err := monitoring.InitMetrics(); err != nil {
		log.Fatal(err)
	}
	// In self-hosted mode any process may ask for any name: nobody can tell them apart.
	insecure := sentryv1pb.SignCertificateRequest_INSECURE
	authority, err := sentry.New(ctx, sentry.Options{
		Config: config.Config{
			Port:             *port,
			ListenAddress:    "127.0.0.1",
			TrustDomain:      "localhost",
			WorkloadCertTTL:  24 * time.Hour,
			AllowedClockSkew: 15 * time.Minute,
			RootCertPath:     filepath.Join(*folder, config.DefaultRootCertFilename),
			IssuerCertPath:   filepath.Join(*folder, config.DefaultIssuerCertFilename),
			IssuerKeyPath:    filepath.Join(*folder, config.DefaultIssuerKeyFilename),
			Mode:             modes.StandaloneMode,
			DefaultValidator: insecure,
			Validators: map[sentryv1pb.SignCertificateRequest_TokenValidator]map[string]string{
				insecure: {},
			},
		},
		Healthz: healthz.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	if err = authority.Start(ctx); err != nil {
		log.Fatal(err)
	}
}
