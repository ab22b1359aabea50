//! How glibc keeps the memory that is freed. Other systems' allocators are left alone.

use tokio_util::sync::CancellationToken;

/// How often what lies free between what is used is given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// Two heaps for all threads. By itself glibc gives them heaps of their own, and each keeps what it frees: some 30 MB after the index is
/// read. With one heap the threads wait for each other, and half as many pages are rendered. And what is large is taken from the system
/// and given back to it, however often: by itself glibc stops doing so.
///
/// To be called before there are other threads.
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets numbers, before there are other threads.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 * 1024);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1024 * 1024);
    }
}

/// Gives free memory back to the system while the server runs: sixteen pages that are written at once leave 40 MB of it behind,
/// between what lives on, and by itself glibc gives back what lies at the end of a heap alone.
pub async fn give_back(stop: CancellationToken) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // SAFETY: it may be called at any time, from any thread.
        let trim = || unsafe { libc::malloc_trim(0) };
        _ = tokio::task::spawn_blocking(trim).await;
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    drop(stop);
}
