//! What an AVIF says of its pictures.
//!
//! See [AOM/AVIF](https://aomediacodec.github.io/av1-avif/) and ISO/IEC 23008-12.

/// Bytes before the boxes of a box that has a version and flags.
const FULL_BOX_BYTES: usize = 4;

/// Whether the file's first box names AVIF among what the file is.
pub fn is_avif(file_type: &[u8]) -> bool {
    let is = |brand: &[u8]| matches!(brand, b"avif" | b"avis");
    // After the brand that counts most comes its version, and then the others.
    let other = file_type.get(16..).unwrap_or_default();
    file_type.get(8..12).is_some_and(is) || other.chunks_exact(4).any(is)
}

/// Width and height of the largest picture that the box `meta` describes, and whether they change
/// places when it is shown.
pub fn picture(meta: &[u8]) -> Option<((u32, u32), bool)> {
    let properties = child(meta.get(FULL_BOX_BYTES..)?, b"iprp")?;
    let properties = child(properties, b"ipco")?;
    let mut largest = None;
    let mut turned = false;
    for (kind, content) in boxes(properties) {
        match kind {
            b"ispe" => {
                let side = |at: usize| Some(u32::from_be_bytes(*content.get(at..)?.first_chunk()?));
                let size = side(FULL_BOX_BYTES).zip(side(FULL_BOX_BYTES + 4));
                largest = largest.max(size.map(|(w, h)| (u64::from(w) * u64::from(h), w, h)));
            }
            // Quarters of a turn.
            b"irot" => turned = content.first().is_some_and(|quarters| quarters & 1 == 1),
            _ => {}
        }
    }
    largest.map(|(_, width, height)| ((width, height), turned))
}

fn child<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find_map(|(kind, content)| (kind == wanted).then_some(content))
}

/// The boxes that follow each other here, up to the first that is longer than there is.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
        let (content, rest) = rest.split_at_checked(size.checked_sub(8)?)?;
        bytes = rest;
        Some((kind, content))
    })
}
