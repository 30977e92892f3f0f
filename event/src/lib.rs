//! The wire vocabulary of Desirepath: every event kind and field that can be collected.
