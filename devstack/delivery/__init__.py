"""Installing and upgrading on a cluster, with `minikube`, `kubectl` and `helm` and the standard library alone."""
