// Package models gets models onto this machine and keeps them: it downloads from a Hugging Face style hub or any
// http(s) URL, takes in folders and files that were carried here, and knows which model a data folder uses.
//
//	hub: ORG/NAME at REVISION                 URL                      DIR | FILE
//	   | hub.go   commit, names,               |                          | local.go
//	   |          sizes, checksums             |                          |
//	   v                                       v                          |
//	 download.go: resumed (Range, If-Range), patient (retry.go), bounded  |
//	   |                                       |                          |
//	   v cache.go                              v                          |
//	 HF_HOME/hub/models--ORG--NAME/          models/.downloads/           |
//	   blobs/CHECKSUM   verified               FILE                       |
//	   snapshots/COMMIT/FILE -> blob           |                          |
//	   refs/REVISION    COMMIT                 |                          |
//	   +-------------------+-------------------+--------------------------+
//	                       | install.go: reflink, hard link or copy; SHA-256; opened once
//	                       v
//	 <data>/models/NAME/             folder.go
//	   config.json  model.safetensors  ...
//	   manifest.json                 source, commit, size and SHA-256 of each file
//	 <data>/models/.in-use           the name of the model that the library uses
//
// Invariants:
//   - nothing half-written has a final name: blobs, snapshots and installed models are built beside it and renamed;
//   - a file from a hub is used only when its size and its SHA-256 (of small files: git's SHA-1) are those that the hub
//     lists, and an installed model only when the caller's Probe could open it;
//   - the token goes to the endpoint's origin, and to nobody that it redirects to;
//   - a server can make us wait, but not for ever, and cannot make us write more than the size it gave beforehand;
//   - two processes that fetch or install the same thing wait for each other (flock), and the second finds it done.
package models
