//! Multipart bodies, read part by part.
