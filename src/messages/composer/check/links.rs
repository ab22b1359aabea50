//! Opening links, to see whether they lead anywhere.
//!
//! What is opened is chosen by whoever writes a mail, so this could be turned against what only this machine can reach. Therefore: only
//! `http` and `https` on their usual ports; the name is looked up once, every address that it has must be public, and the connection
//! goes to exactly that address; each step of a redirect is looked at in the same way; nothing of the answer but its status is kept.

use super::{Trial, Tried};
use futures::StreamExt;
use rustls_native_certs::load_native_certs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// All steps of one link together.
const PER_LINK: Duration = Duration::from_secs(6);
const AT_ONCE: usize = 6;
const REDIRECTS: usize = 4;
/// An answer's head is shorter.
const HEAD: usize = 16 * 1024;

/// Opens each; in the order in which they came.
pub async fn try_all(urls: Vec<String>) -> Vec<Trial> {
    let trials = urls.into_iter().map(|url| async move {
        let tried = timeout(PER_LINK, follow(&url)).await.unwrap_or(Tried::Silent);
        Trial { url, tried }
    });
    futures::stream::iter(trials).buffered(AT_ONCE).collect().await
}

async fn follow(text: &str) -> Tried {
    if text.contains("{{") || !(text.starts_with("http://") || text.starts_with("https://")) {
        return Tried::Skipped;
    }
    let Ok(mut url) = Url::parse(text) else { return Tried::Silent };
    for _ in 0..=REDIRECTS {
        let Some(to) = public(&url).await else {
            return if is_reachable_name(&url).await { Tried::NotPublic } else { Tried::Silent };
        };
        let mut answer = ask(&url, to, "HEAD").await;
        // Some servers know no other way to look.
        if matches!(answer, Some((400 | 403 | 404 | 405 | 501, _))) {
            answer = ask(&url, to, "GET").await;
        }
        let Some((status, location)) = answer else { return Tried::Silent };
        match (status, location) {
            (300..=399, Some(location)) => match url.join(&location) {
                Ok(next) if matches!(next.scheme(), "http" | "https") => url = next,
                _ => return Tried::Gone(status),
            },
            (404 | 410 | 500..=599, _) => return Tried::Gone(status),
            _ => return Tried::Answers(status),
        }
    }
    Tried::Silent
}

/// Where to connect: an address of the host, if all that it has are public.
async fn public(url: &Url) -> Option<SocketAddr> {
    let port = url.port_or_known_default().filter(|port| matches!(port, 80 | 443))?;
    let addresses = lookup(url, port).await;
    (!addresses.is_empty() && addresses.iter().all(|address| is_public(address.ip())))
        .then(|| addresses.first().copied())
        .flatten()
}

/// Whether the host has addresses, though none that may be opened.
async fn is_reachable_name(url: &Url) -> bool {
    !lookup(url, 443).await.is_empty()
}

async fn lookup(url: &Url, port: u16) -> Vec<SocketAddr> {
    match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::new(ip.into(), port)],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::new(ip.into(), port)],
        Some(Host::Domain(name)) => lookup_host((name, port)).await.map(Iterator::collect).unwrap_or_default(),
        None => Vec::new(),
    }
}

/// Whether an address is one of the open internet.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Shared by providers, for protocols, for benchmarks, 6to4 relays.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    // Only what is handed out to the world; without what carries an address of version 4 in it, and examples.
    let is_global = (0x2000..0x4000).contains(&parts[0]);
    let carries_v4 = parts[0] == 0x2002 || (parts[0] == 0x2001 && parts[1] < 0x0200);
    let is_example = (parts[0] == 0x2001 && parts[1] == 0x0db8) || (parts[0] == 0x3fff && parts[1] < 0x1000);
    is_global && !carries_v4 && !is_example
}

/// Status and `Location` of the answer.
async fn ask(url: &Url, to: SocketAddr, method: &str) -> Option<(u16, Option<String>)> {
    let stream = TcpStream::connect(to).await.ok()?;
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let host = url.host_str()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (compatible; Clientele link check)\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    if url.scheme() == "http" {
        return say(stream, &request).await;
    }
    let name = match url.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok()?,
        Host::Ipv4(ip) => ServerName::from(IpAddr::from(ip)),
        Host::Ipv6(ip) => ServerName::from(IpAddr::from(ip)),
    };
    let stream = TlsConnector::from(tls()?).connect(name, stream).await.ok()?;
    say(stream, &request).await
}

fn tls() -> Option<Arc<ClientConfig>> {
    static TLS: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    let made = TLS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(load_native_certs().certs);
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = builder.with_safe_default_protocol_versions().ok()?;
        Some(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    });
    made.clone()
}

async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Option<(u16, Option<String>)> {
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    let mut buffer = [0_u8; 2_048];
    while head.len() < HEAD && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    read_head(&String::from_utf8_lossy(&head))
}

fn read_head(head: &str) -> Option<(u16, Option<String>)> {
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let location = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    });
    Some((status, location))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn only_the_open_internet_is_public() {
        let public = |ip: &str| is_public(ip.parse().expect("an address"));
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!public(ip), "{ip}");
        }
        for ip in ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"] {
            assert!(public(ip), "{ip}");
        }
    }

    #[test]
    fn heads_are_read() {
        assert_eq!(read_head("HTTP/1.1 200 OK\r\nA: b\r\n\r\nLocation: no"), Some((200, None)));
        assert_eq!(read_head("HTTP/1.0 302 Found\r\nLOCATION: /a b\r\n\r\n"), Some((302, Some("/a b".into()))));
        assert_eq!(
            (read_head(""), read_head("HTTP/2 200"), read_head("SSH-2.0"), read_head("HTTP/1.1 x")),
            (None, None, None, None)
        );
    }

    #[tokio::test]
    async fn what_only_this_machine_reaches_is_never_connected_to() {
        let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = server.local_addr().expect("an address").port();
        let asked = tokio::spawn(async move { server.accept().await.is_ok() });
        let urls = [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            "http://127.0.0.1/".into(),
            "http://localhost/".into(),
            "http://0x7f.1/".into(),
            "http://2130706433/".into(),
            "http://[::1]/".into(),
            "http://[::ffff:127.0.0.1]/".into(),
            "http://169.254.169.254/latest/meta-data".into(),
            "https://10.0.0.1/".into(),
            "http://u:p@127.0.0.1/".into(),
        ];
        for trial in try_all(urls.to_vec()).await {
            assert!(matches!(trial.tried, Tried::NotPublic | Tried::Silent), "{trial:?}");
        }
        for url in ["mailto:a@b.example", "https://{{ shop.url }}/", "file:///etc/passwd", "#", ""] {
            assert_eq!(follow(url).await, Tried::Skipped, "{url}");
        }
        assert!(!asked.is_finished(), "nobody came");
        asked.abort();
    }
}
