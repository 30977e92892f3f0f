//! The analyzer from outside: published cases, and slow twins that the fast code must agree with.

mod arrival;
mod dataset;
mod documented;
mod documented_funnel;
mod documented_paths;
mod events;
mod exact_paths;
mod funnel;
mod funnel_chains;
mod funnel_extras;
mod funnel_extras_twin;
mod funnel_options;
mod funnel_options_twin;
mod funnel_twin;
mod funnel_vectors;
mod path_differences;
mod paths;
mod paths_twin;
mod requests;
mod scope;
mod sequence_twin;
mod split;
mod step_matrix;
mod time_zone;
mod transitions;
