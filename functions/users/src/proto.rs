//! As much of protobuf's encoding as merging settings needs: a message is split into its top-level
//! fields, whose contents are not looked into. Only the versions (field 1) are understood.
//!
//! See [Protocol Buffers/Encoding](https://protobuf.dev/programming-guides/encoding/).

use std::collections::BTreeSet;

/// The field of settings that holds their versions.
const VERSIONS: u64 = 1;
/// The field of the versions that counts changes; the server alone writes it.
const DATA_VERSION: u64 = 3;

/// A field with its number and its bytes, the tag included.
struct Field<'a> {
    number: u64,
    encoded: &'a [u8],
    /// Without the tag and a length.
    content: &'a [u8],
}

/// Puts the fields of `patch` in the place of those of `stored`, whole fields at a time, and counts
/// the data version up. `None` when either is no message.
pub fn merge(stored: &[u8], patch: &[u8]) -> Option<Vec<u8>> {
    let (old, new) = (fields(stored)?, fields(patch)?);
    let mut merged = versions(&old, &new)?;
    // A message may have some hundred thousand fields, so none is looked for by going through them.
    let replaced: BTreeSet<_> = new.iter().map(|field| field.number).collect();
    let kept = old.iter().filter(|field| !replaced.contains(&field.number));
    for field in kept.chain(&new).filter(|field| field.number != VERSIONS) {
        merged.extend_from_slice(field.encoded);
    }
    Some(merged)
}

/// How often settings were changed; 0 for those that never were.
pub fn data_version(settings: &[u8]) -> u64 {
    let version = fields(settings).and_then(|fields| data_version_of(&fields));
    version.unwrap_or_default()
}

/// The new versions: the client's, of the later message that has them, and the counted up one.
fn versions(old: &[Field<'_>], new: &[Field<'_>]) -> Option<Vec<u8>> {
    let last = |fields: &[Field<'_>]| {
        let last = fields.iter().rfind(|field| field.number == VERSIONS)?;
        Some(last.content.to_vec())
    };
    let content = last(new).or_else(|| last(old)).unwrap_or_default();
    let mut versions = Vec::new();
    for field in fields(&content)?
        .iter()
        .filter(|field| field.number != DATA_VERSION)
    {
        versions.extend_from_slice(field.encoded);
    }
    write_varint(&mut versions, DATA_VERSION << 3);
    write_varint(&mut versions, data_version_of(old).unwrap_or_default() + 1);
    let mut encoded = Vec::new();
    write_varint(&mut encoded, VERSIONS << 3 | 2);
    write_varint(&mut encoded, versions.len() as u64);
    encoded.extend(versions);
    Some(encoded)
}

fn data_version_of(fields: &[Field<'_>]) -> Option<u64> {
    let versions = fields.iter().rfind(|field| field.number == VERSIONS)?;
    let versions = self::fields(versions.content)?;
    let version = versions
        .iter()
        .rfind(|field| field.number == DATA_VERSION)?;
    // 32 bits, as the schema has it: a stored number cannot make the next one overflow.
    let mut content = version.content;
    Some(read_varint(&mut content)? & u64::from(u32::MAX))
}

/// A message's fields in order. `None` when it is not one, or has groups, which nobody uses.
fn fields(message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut rest = message;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let start = rest;
        let tag = read_varint(&mut rest)?;
        let length = match tag & 7 {
            0 => {
                let mut after = rest;
                read_varint(&mut after)?;
                rest.len() - after.len()
            }
            1 => 8,
            2 => usize::try_from(read_varint(&mut rest)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        rest = after;
        let number = tag >> 3;
        if number == 0 {
            return None;
        }
        fields.push(Field {
            number,
            encoded: &start[..start.len() - rest.len()],
            content,
        });
    }
    Some(fields)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{ 2: "ab", 3: 300 }`.
    const FIRST: &[u8] = &[0x12, 2, b'a', b'b', 0x18, 0xac, 2];

    #[test]
    fn fields_are_replaced_as_wholes_and_changes_are_counted() {
        let stored = merge(&[], FIRST).unwrap();
        assert_eq!(stored, [&[0x0a, 2, 0x18, 1], FIRST].concat());
        // `{ 1: { 1: 5, 3: 99 }, 2: "c" }`: the client's own version is kept, the counter is not.
        let patch = [0x0a, 4, 8, 5, 0x18, 99, 0x12, 1, b'c'];
        let stored = merge(&stored, &patch).unwrap();
        assert_eq!(
            stored,
            [0x0a, 4, 8, 5, 0x18, 2, 0x18, 0xac, 2, 0x12, 1, b'c']
        );
        assert_eq!(data_version(&stored), 2);
        assert_eq!(data_version(FIRST), 0);
    }

    #[test]
    fn malformed_protobuf_is_refused() {
        for wrong in [
            &[0x12][..],
            &[0x12, 5, 1],
            &[0x0b],
            &[0x00, 1],
            &[0xff; 11],
            &[
                0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
            &[0x0a, 1, 0xff],
        ] {
            assert_eq!(merge(&[], wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn many_fields_are_merged() {
        // Comparing each with each would take so long that nobody would wait for this test.
        let (stored, patch) = ([0x10, 1].repeat(200_000), [0x18, 1].repeat(200_000));
        let merged = merge(&stored, &patch).unwrap();
        assert!(merged.len() > stored.len() + patch.len());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        // A simple generator: what matters is that every length and every kind of tag occurs.
        let mut state = 1_u32;
        for length in 0..200_usize {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            let half = length / 2;
            if let Some(merged) = merge(&bytes[..half], &bytes[half..]) {
                assert!(fields(&merged).is_some());
            }
        }
    }
}
