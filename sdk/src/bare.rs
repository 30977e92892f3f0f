//! What the standard library would bring: an allocator, and an end for panics.

/// Small rather than fast: the tracker allocates a few short texts for each event and frees them again.
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    // SAFETY: a module built without the `atomics` feature is never entered by a second thread.
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// Traps. The loader catches what that throws, and takes over; words would only make the module larger.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
