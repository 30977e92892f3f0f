//! The tracker: a pure state machine and the browser that runs its effects.
