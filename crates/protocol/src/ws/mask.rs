//! The masking of payloads.

/// The bytes that a client's payload is XORed with, turned so that the first one belongs to the next byte of payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask([u8; 4]);

impl Mask {
    /// The mask of a frame, for the beginning of its payload.
    pub(super) fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Masks or unmasks the next bytes of a payload.
    ///
    /// The loop over words is one that the compiler vectorises.
    pub(super) fn apply(&mut self, payload: &mut [u8]) {
        let [a, b, c, d] = self.0;
        let key = [a, b, c, d, a, b, c, d];
        let word_key = u64::from_ne_bytes(key);
        let (words, tail) = payload.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_ne_bytes(*word) ^ word_key).to_ne_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(key) {
            *byte ^= key;
        }
        self.0.rotate_left(tail.len() % 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_unmasked_in_two_parts_is_the_payload() {
        let plain: Vec<u8> = (0..100).collect();
        for length in 0..plain.len() {
            for split in 0..=length {
                let mut bytes: Vec<u8> =
                    (0..length).map(|at| plain[at] ^ [7, 77, 177, 250][at % 4]).collect();
                let mut mask = Mask::new([7, 77, 177, 250]);
                let (first, second) = bytes.split_at_mut(split);
                mask.apply(first);
                mask.apply(second);
                assert_eq!(bytes, plain[..length], "{length} bytes split at {split}");
            }
        }
    }
}
