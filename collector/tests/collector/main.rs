//! The collector as its users meet it: [`http`] asks the interface in-process, [`process`] starts the program,
//! talks to it over a socket, and kills it.

mod http;
mod process;
mod support;
