//! The collector as its users meet it: [`sending`], [`reading`] and [`files`] ask the interface in-process;
//! [`analyzing`] opens its exports in the analyzer; [`process`] starts the program, talks to it over a socket, and kills it.

mod analyzing;
mod files;
mod process;
mod reading;
mod sending;
mod support;
