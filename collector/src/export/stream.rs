//! From a thread that writes to a response that streams, with a bounded number of chunks between them.

use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

const CHUNK_BYTES: usize = 64 << 10;
/// How many chunks may wait for a slow reader before the writing thread does.
const N_CHUNKS: usize = 4;

/// What an export writes to.
pub type Output = BufWriter<ChunkSender>;

/// Runs `write` on a thread of its own and streams what it writes. If it fails, the response breaks off without
/// its proper end, so that a reader does not take a part for the whole.
pub fn stream(write: impl FnOnce(&mut Output) -> io::Result<()> + Send + 'static) -> Body {
    let (sender, chunks) = mpsc::channel(N_CHUNKS);
    tokio::task::spawn_blocking(move || {
        let mut output = BufWriter::with_capacity(CHUNK_BYTES, ChunkSender(sender.clone()));
        match write(&mut output).and_then(|()| output.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                tracing::debug!("the reader of an export hung up");
            }
            Err(error) => {
                tracing::error!(%error, "an export broke off");
                // Fails only when the reader has gone, who then needs no error.
                let _ = sender.blocking_send(Err(error));
            }
        }
    });
    Body::from_stream(Chunks(chunks))
}

/// Sends what is written to it as chunks.
#[derive(Debug)]
pub struct ChunkSender(mpsc::Sender<io::Result<Bytes>>);

impl Write for ChunkSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len())
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Chunks(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_streamed() {
        let text = "line\n".repeat(100_000);
        let expected = text.clone();
        let body = stream(move |output| output.write_all(text.as_bytes()));
        let streamed = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(streamed, expected);
    }

    #[tokio::test]
    async fn a_failure_breaks_the_stream_off() {
        let body = stream(|output| {
            output.write_all(b"half")?;
            Err(io::ErrorKind::InvalidData.into())
        });
        assert!(axum::body::to_bytes(body, usize::MAX).await.is_err());
    }
}
