//! Addresses of clients: as proxies write them, and what of them one client has.

use std::net::{IpAddr, Ipv6Addr};

/// Bits that the networks of IPv6 have which one client gets.
const CLIENT_BITS: u32 = 64;
/// Bits that the networks of IPv6 have which one site gets, with 65,536 networks for clients.
const SITE_BITS: u32 = 48;

/// The address in one element of `X-Forwarded-For`: proxies write it with a port or without, that
/// of IPv6 in brackets or without. `None` for what is no address, such as `unknown`.
///
/// See [RFC 7239, 6](https://www.rfc-editor.org/rfc/rfc7239#section-6), whose forms of a node are
/// read too.
pub fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => match text.split_once(':') {
            // With more colons it is IPv6, which has a port only after brackets.
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        },
    };
    // A zone means something to the proxy's machine only.
    let host = host.split('%').next()?;
    host.parse::<IpAddr>().ok().map(|it| it.to_canonical())
}

/// The network of one client: a client with one IPv6 address has 2^64 of them.
pub fn network(client: IpAddr) -> IpAddr {
    first_bits(client, CLIENT_BITS)
}

/// The network that whoever has `client` may have been given as a whole.
pub fn site(client: IpAddr) -> IpAddr {
    first_bits(client, SITE_BITS)
}

fn first_bits(client: IpAddr, bits: u32) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> bits))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_however_a_proxy_writes_it() {
        for (text, address) in [
            ("203.0.113.11", "203.0.113.11"),
            (" 203.0.113.11:4711 ", "203.0.113.11"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:DB8::1]:4711", "2001:db8::1"),
            ("\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("203.0.113.11:_port", "203.0.113.11"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:203.0.113.11", "203.0.113.11"),
            ("[::ffff:203.0.113.11]:80", "203.0.113.11"),
        ] {
            assert_eq!(parse(text), address.parse().ok(), "{text}");
        }
        for text in ["", "unknown", "_hidden", "[2001:db8::1", "host:80", "1.2.3"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_address_stands_for_its_network() {
        let network_of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network_of("2001:db8:1:2:3::4"), "2001:db8:1:2::");
        assert_eq!(network_of("::ffff:1.2.3.4"), "1.2.3.4");
        let site_of = |text: &str| site(text.parse().unwrap()).to_string();
        assert_eq!(site_of("2001:db8:1:2:3::4"), "2001:db8:1::");
        assert_eq!(site_of("1.2.3.4"), "1.2.3.4");
    }
}
