//! Files go to blobs and are claimed or removed.
