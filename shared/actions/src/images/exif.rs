//! How a camera was held, as its picture's EXIF says.
//!
//! See [CIPA DC-008](https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf), 4.6.

/// The tag `Orientation`.
const ORIENTATION: u16 = 0x0112;
/// The type of its value: 16 bits.
const SHORT: u16 = 3;
/// Bytes of an entry of a directory.
const ENTRY_BYTES: usize = 12;

/// Whether the first row of the picture is a side of what it shows; `exif` is a TIFF header and
/// what follows. Of 1 to 8, those from 5 turn width into height.
pub fn orientation(exif: &[u8]) -> Option<u8> {
    let little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |bytes: &[u8]| {
        let bytes = bytes.first_chunk::<2>()?;
        Some(match little {
            true => u16::from_le_bytes(*bytes),
            false => u16::from_be_bytes(*bytes),
        })
    };
    let offset = *exif.get(4..)?.first_chunk::<4>()?;
    let offset = match little {
        true => u32::from_le_bytes(offset),
        false => u32::from_be_bytes(offset),
    };
    let directory = exif.get(usize::try_from(offset).ok()?..)?;
    let entries = usize::from(short(directory)?);
    let entries = directory[2..].chunks_exact(ENTRY_BYTES).take(entries);
    for entry in entries {
        if short(entry)? == ORIENTATION && short(&entry[2..])? == SHORT {
            let value = short(&entry[8..])?;
            return (1..=8).contains(&value).then_some(value as u8);
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An EXIF block of either byte order that says only this.
    pub fn exif(orientation: u16, little: bool) -> Vec<u8> {
        let short = |value: u16| match little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let long = |value: u32| match little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let mut exif = if little { *b"II*\0" } else { *b"MM\0*" }.to_vec();
        exif.extend(long(8));
        exif.extend(short(2));
        // The width of the picture, and how it was taken.
        for (tag, value) in [(0x0100, 9), (ORIENTATION, orientation)] {
            exif.extend(short(tag));
            exif.extend(short(SHORT));
            exif.extend(long(1));
            exif.extend(short(value));
            exif.extend([0; 2]);
        }
        exif.extend([0; 4]);
        exif
    }

    #[test]
    fn both_byte_orders_are_read() {
        for little in [false, true] {
            for turned in 1..=8 {
                assert_eq!(orientation(&exif(turned, little)), Some(turned as u8));
            }
            assert_eq!(orientation(&exif(9, little)), None);
            assert_eq!(orientation(&exif(0, little)), None);
        }
    }

    #[test]
    fn truncated_or_dangling_exif_is_ignored() {
        let whole = exif(6, false);
        for end in 0..whole.len() - 6 {
            assert_eq!(orientation(&whole[..end]), None, "{end}");
        }
        let mut far = whole;
        far[4..8].fill(0xff);
        assert_eq!(orientation(&far), None);
    }
}
