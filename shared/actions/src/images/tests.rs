//! Images are what their bytes are.
