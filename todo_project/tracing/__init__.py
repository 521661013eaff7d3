"""Traces with OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names who takes them."""
