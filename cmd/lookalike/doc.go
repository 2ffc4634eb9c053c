// Command lookalike finds images that look alike: among the files of a folder,
// over REST, and in a web gallery.
//
// Every command that touches a data folder is a client of the REST API. When a
// server owns the folder, the requests go to that server; otherwise the command
// opens the folder itself and sends the same requests to the same handlers,
// inside its own process:
//
//	lookalike add DIR ──► api.Client ──► owner.json? ── yes ──► HTTP to the running server
//	                                          └──────── no ───► handlers in this process ──► engine
//
// One file per command; root.go has the flags they share, library.go the choice
// drawn above, output.go tables and JSON, progress.go the bars.
package main
