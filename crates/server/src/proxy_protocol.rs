//! The PROXY protocol, versions 1 and 2: what a proxy says about its client before the first byte of the client.
//! The header is read to its last byte and no further, so that what follows, TLS or HTTP, is untouched.

use std::net::{IpAddr, SocketAddr};

use proxy_header::{ParseConfig, Protocol, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What version 2 begins with; version 1 begins with a word.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const TEXT: &[u8] = b"PROXY ";
/// Bytes by which the two versions are told apart; no header is shorter.
const SIGNATURE: usize = 12;
/// Bytes of version 2 before the addresses.
const FIXED: usize = 16;
/// Bytes of the addresses and extensions of version 2 that are read: extensions can hold certificates, which nobody
/// needs here.
const LONGEST: usize = 4096;
/// Bytes of a header of version 1, by its specification.
const LONGEST_LINE: usize = 107;

/// Why a connection of a proxy is ended: there is no client to be told.
#[derive(Debug, thiserror::Error)]
pub enum ProxyHeaderError {
    /// The connection has ended before.
    #[error("the connection has ended before its PROXY header: {0}")]
    Ended(#[from] std::io::Error),
    /// What came is no PROXY header.
    #[error(
        "the connection does not begin with a PROXY header: switch it on in the proxy (nginx: `proxy_protocol on`), \
         or set GEMA_PROXY_PROTOCOL=false"
    )]
    Missing,
    /// The header is longer than it may be.
    #[error("the PROXY header is longer than {LONGEST} bytes")]
    TooLong,
    /// The header is broken.
    #[error("the PROXY header is broken: {0}")]
    Broken(proxy_header::Error),
    /// The header is about a datagram.
    #[error("the PROXY header is about a protocol that is not TCP")]
    NotTcp,
}

/// Reads the header. Answers the address of the proxy's client; nothing when the proxy speaks for itself, as in a
/// health check, or does not know.
///
/// # Errors
/// When the connection does not begin with a whole and valid header.
pub async fn read_header(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<IpAddr>, ProxyHeaderError> {
    let mut header = vec![0; SIGNATURE];
    stream.read_exact(&mut header).await?;
    if header == BINARY {
        read_binary(stream, &mut header).await?;
    } else if header.starts_with(TEXT) {
        read_text(stream, &mut header).await?;
    } else {
        return Err(ProxyHeaderError::Missing);
    }
    client_of(&header)
}

/// The client that a whole header tells.
fn client_of(header: &[u8]) -> Result<Option<IpAddr>, ProxyHeaderError> {
    let config = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };
    let (parsed, length) = ProxyHeader::parse(header, config).map_err(ProxyHeaderError::Broken)?;
    if length != header.len() {
        return Err(ProxyHeaderError::Broken(proxy_header::Error::Invalid));
    }
    match parsed.proxied_address() {
        Some(address) if address.protocol == Protocol::Stream => Ok(Some(address.source.ip())),
        Some(_) => Err(ProxyHeaderError::NotTcp),
        None => Ok(None),
    }
}

async fn read_binary(
    stream: &mut (impl AsyncRead + Unpin),
    header: &mut Vec<u8>,
) -> Result<(), ProxyHeaderError> {
    header.resize(FIXED, 0);
    stream.read_exact(&mut header[SIGNATURE..]).await?;
    let length = usize::from(u16::from_be_bytes([header[FIXED - 2], header[FIXED - 1]]));
    if length > LONGEST {
        return Err(ProxyHeaderError::TooLong);
    }
    header.resize(FIXED + length, 0);
    stream.read_exact(&mut header[FIXED..]).await?;
    Ok(())
}

/// Version 1 does not tell its length: it is read byte by byte, which costs a call of the system for each of them.
async fn read_text(
    stream: &mut (impl AsyncRead + Unpin),
    header: &mut Vec<u8>,
) -> Result<(), ProxyHeaderError> {
    while !header.ends_with(b"\n") {
        if header.len() == LONGEST_LINE {
            return Err(ProxyHeaderError::Broken(proxy_header::Error::Invalid));
        }
        header.push(stream.read_u8().await?);
    }
    Ok(())
}

/// Who is at the other end of a connection from `peer`, once its header has been read where there has to be one.
/// Only those who are `trusted` are asked, and they must answer; what others send is not looked at.
///
/// # Errors
/// As [`read_header`].
pub async fn peer_of(
    stream: &mut (impl AsyncRead + Unpin),
    peer: SocketAddr,
    trusted: bool,
) -> Result<IpAddr, ProxyHeaderError> {
    let told = if trusted { read_header(stream).await? } else { None };
    Ok(told.unwrap_or_else(|| peer.ip()).to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{io::AsyncWriteExt as _, runtime::Builder};

    use super::*;

    fn binary(kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [BINARY, &kind, &length, payload].concat()
    }

    /// Reads a header and what follows it.
    async fn read(bytes: &[u8]) -> (Result<Option<IpAddr>, ProxyHeaderError>, Vec<u8>) {
        let mut stream = bytes;
        let client = read_header(&mut stream).await;
        (client, stream.to_vec())
    }

    #[tokio::test]
    async fn the_client_is_told_and_what_follows_is_untouched() {
        let v4 = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0, 80];
        let v6 = [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[7], &[0; 16], &[1, 2, 3, 4]].concat();
        let unix = [b'x'; 216];
        let extension = [&v4[..], &[4, 0, 2, 1, 1]].concat();
        for (header, expected) in [
            (binary([0x21, 0x11], &v4), Some("192.0.2.7")),
            (binary([0x21, 0x11], &extension), Some("192.0.2.7")),
            (binary([0x21, 0x21], &v6), Some("2001:db8::7")),
            (binary([0x20, 0x11], &v4), None),
            (binary([0x20, 0x00], &[]), None),
            (binary([0x21, 0x00], &[]), None),
            (binary([0x21, 0x31], &unix), None),
            (b"PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n".to_vec(), Some("192.0.2.7")),
            (b"PROXY TCP6 2001:db8::7 ::1 4660 80\r\n".to_vec(), Some("2001:db8::7")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
        ] {
            let (client, rest) = read(&[&header[..], b"GET / HTTP/1.1\r\n\r\n"].concat()).await;
            assert_eq!(client.unwrap().map(|ip| ip.to_string()).as_deref(), expected, "{header:?}");
            assert_eq!(rest, b"GET / HTTP/1.1\r\n\r\n");
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let v4 = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0, 80];
        for (bytes, reason) in [
            (b"GET /up HTTP/1.1\r\n\r\n".to_vec(), "does not begin with"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00".to_vec(), "does not begin with"),
            (b"PROXYTCP4 192.0.2.7".to_vec(), "does not begin with"),
            (binary([0x11, 0x11], &v4), "broken"),
            (binary([0x22, 0x11], &v4), "broken"),
            (binary([0x21, 0x41], &v4), "broken"),
            (binary([0x21, 0x21], &v4), "broken"),
            (binary([0x21, 0x12], &v4), "not TCP"),
            (binary([0x21, 0x11], &[0; LONGEST + 1]), "longer than"),
            (b"PROXY TCP4 192.0.2.7 10.0.0.1 4660\r\n".to_vec(), "broken"),
            (b"PROXY TCP4 192.0.2.300 10.0.0.1 1 80\r\n".to_vec(), "broken"),
            (b"PROXY TCP5 192.0.2.7 10.0.0.1 1 80\r\n".to_vec(), "broken"),
            (b"PROXY TCP4 192.0.2.7 10.0.0.1 1 80\n".to_vec(), "broken"),
            (format!("PROXY UNKNOWN {}\r\n", "x".repeat(200)).into_bytes(), "broken"),
            (BINARY.to_vec(), "has ended before"),
            (b"PROXY TCP4 192.0.2.7 ".to_vec(), "has ended before"),
            (vec![], "has ended before"),
        ] {
            let refusal = read(&bytes).await.0.unwrap_err().to_string();
            assert!(refusal.contains(reason), "{bytes:?}: {refusal}");
        }
    }

    #[tokio::test]
    async fn who_is_not_trusted_is_not_asked() {
        let peer = "[::ffff:192.0.2.1]:5".parse().unwrap();
        let mut stream = &b"PROXY TCP4 203.0.113.9 10.0.0.1 1 80\r\n"[..];
        assert_eq!(peer_of(&mut stream, peer, false).await.unwrap().to_string(), "192.0.2.1");
        assert!(stream.starts_with(b"PROXY"));
        assert_eq!(peer_of(&mut stream, peer, true).await.unwrap().to_string(), "203.0.113.9");
        let mut local = &binary([0x20, 0], &[])[..];
        assert_eq!(peer_of(&mut local, peer, true).await.unwrap().to_string(), "192.0.2.1");
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read_to_the_end_of_the_header(
            start in prop::sample::select(vec![&b""[..], BINARY, b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 "]),
            bytes in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let bytes = [start, &bytes[..]].concat();
            let runtime = Builder::new_current_thread().build().unwrap();
            let (client, rest) = runtime.block_on(read(&bytes));
            if client.is_ok() {
                let header = &bytes[..bytes.len() - rest.len()];
                prop_assert!(header.starts_with(BINARY) || header.ends_with(b"\r\n"));
                prop_assert!(header.len() <= FIXED + LONGEST);
            }
        }

        #[test]
        fn a_header_may_come_in_pieces(
            address: [u8; 4], port: u16, piece in 1usize..20, binary_form: bool,
        ) {
            let ip = IpAddr::from(address);
            let header = if binary_form {
                binary([0x21, 0x11], &[&address[..], &[10, 0, 0, 1], &port.to_be_bytes(), &[0, 80]].concat())
            } else {
                format!("PROXY TCP4 {ip} 10.0.0.1 {port} 80\r\n").into_bytes()
            };
            let client = Builder::new_current_thread().build().unwrap().block_on(async {
                let (mut near, mut far) = tokio::io::duplex(piece);
                let write = async {
                    for part in header.chunks(piece) {
                        near.write_all(part).await.unwrap();
                    }
                };
                tokio::join!(read_header(&mut far), write).0
            });
            prop_assert_eq!(client.unwrap(), Some(ip));
        }
    }
}
