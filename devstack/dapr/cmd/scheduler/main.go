// Command scheduler is Dapr's scheduler as it is released, built from the same module graph as daprd.
package main

import "github.com/dapr/dapr/cmd/scheduler/app"

func main() {
	app.Run()
}
