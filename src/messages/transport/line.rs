//! The line to a mail server, before SMTP or IMAP is spoken on it.

use super::Address;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Connects to a server.
///
/// # Errors
/// When there is none.
pub async fn connect(address: &Address) -> io::Result<TcpStream> {
    let line = TcpStream::connect((address.host.as_str(), address.port)).await?;
    // A mail and the dot behind it are written one after the other: the dot would wait until the other side acknowledges the mail,
    // which it puts off, 40 ms a mail.
    line.set_nodelay(true)?;
    Ok(line)
}

/// Speaks TLS on a line.
///
/// # Errors
/// When the host has no name that a certificate can have, or the certificate is none that we trust.
pub async fn secure<L: AsyncRead + AsyncWrite + Unpin>(tls: &TlsConnector, host: &str, line: L) -> io::Result<TlsStream<L>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    tls.connect(name, line).await
}

/// TLS that trusts whom the system trusts, and the authority in the file `ca`.
///
/// # Errors
/// When the file does not read.
pub fn connector(ca: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))? {
            roots.add(certificate.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A line with TLS from the first byte, as lettre takes it.
#[derive(Debug)]
pub struct Secured(pub TlsStream<TcpStream>);

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
