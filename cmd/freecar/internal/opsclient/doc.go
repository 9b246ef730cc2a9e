// Package opsclient is the way from the command line to a gateway: a kitx.Peer over
// HTTP, so that an operation's route gives the typed call (carapi.List.Call). It signs
// in, keeps the session in the user's configuration folder, renews the access token
// before it expires, and repeats what may be repeated.
//
// A session is one file per gateway, which its owner alone may read. Refresh tokens
// rotate, and presenting a spent one ends the session: so a renewal holds the session's
// lock, looks whether another invocation has renewed it already, and saves the new
// tokens before anything uses them.
package opsclient
