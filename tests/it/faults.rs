//! What goes wrong: files that change under a reader, files that are not what they seem, requests that mean harm, and
//! clients that stop reading. Each ends in the right rows or in an error that names the matter; nothing ends the server.

mod changes;
mod content;
mod damaged;
mod killed;
mod load;
mod outside;
mod permissions;
mod requests;
mod stale;
