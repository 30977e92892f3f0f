//! The collector's configuration: first as it is written on the command line, then as it is used.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use crate::access::ReadAccess;
use crate::error::OpenError;
use crate::rate::Rates;
use crate::sites::SitePolicy;

/// Takes batches from the SDK, keeps them durably, and gives them back as NDJSON and Parquet.
#[derive(Clone, Debug, Parser)]
#[command(name = "desirepath-collector", version)]
pub struct Args {
    /// Directory in which events are kept; created where it does not exist.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Address to listen on; port 0 lets the system choose one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4600")]
    pub listen: SocketAddr,
    /// Directory of the built dashboard, shop and tracker, to serve them.
    #[arg(long, value_name = "DIR")]
    pub dist: Option<PathBuf>,
    /// A site to take events for, and the origins of its pages. Without any, every site is taken from anywhere.
    #[arg(long, value_name = "ID[=ORIGIN,ORIGIN]")]
    pub site: Vec<String>,
    /// Token that readers must send. Without one, only this machine may read.
    #[arg(
        long,
        value_name = "T",
        env = "DESIREPATH_READ_TOKEN",
        hide_env_values = true
    )]
    pub read_token: Option<String>,
    /// Events a second from one address, over ten seconds; 0 for no limit. This machine has none.
    #[arg(long, value_name = "N", default_value_t = Rates::default().per_address)]
    pub address_rate: u32,
    /// Events a second for one site, over ten seconds; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = Rates::default().per_site)]
    pub site_rate: u32,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory in which events are kept.
    pub data: PathBuf,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Directory of the files to serve.
    pub dist: Option<PathBuf>,
    /// Who may send.
    pub sites: SitePolicy,
    /// Who may read.
    pub access: ReadAccess,
    /// How much may be sent.
    pub rates: Rates,
}

impl TryFrom<Args> for Config {
    type Error = OpenError;

    fn try_from(args: Args) -> Result<Self, OpenError> {
        let option = |option, problem: &str| {
            Err(OpenError::Option {
                option,
                problem: problem.to_owned(),
            })
        };
        if args
            .read_token
            .as_ref()
            .is_some_and(|token| token.trim().is_empty())
        {
            return option(
                "--read-token",
                "is empty; give a token that is hard to guess, or leave it out",
            );
        }
        if args.dist.as_ref().is_some_and(|dist| !dist.is_dir()) {
            return option(
                "--dist",
                "is not a directory; build it first, or leave it out",
            );
        }
        if args.site.is_empty() && !args.listen.ip().is_loopback() {
            tracing::warn!(
                "events are taken for every site, from anywhere; name your sites and their origins with --site"
            );
        }
        Ok(Self {
            access: ReadAccess::new(args.read_token, args.listen.ip().is_loopback()),
            sites: SitePolicy::parse(&args.site)?,
            data: args.data,
            listen: args.listen,
            dist: args.dist,
            rates: Rates {
                per_address: args.address_rate,
                per_site: args.site_rate,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(args: &[&str]) -> Result<Config, String> {
        let args = ["desirepath-collector", "--data", "d"].iter().chain(args);
        let args = Args::try_parse_from(args).map_err(|error| error.to_string())?;
        Config::try_from(args).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_listen_on_this_machine_and_take_every_site() {
        let config = config(&[]).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.sites, SitePolicy::any());
        assert_eq!(config.access, ReadAccess::ThisMachine);
        assert_eq!(config.rates, Rates::default());
    }

    #[test]
    fn listening_to_the_world_closes_reading_until_there_is_a_token() {
        let open = ["--listen", "0.0.0.0:80"];
        assert_eq!(config(&open).unwrap().access, ReadAccess::Closed);
        let token = [&open[..], &["--read-token", "t"]].concat();
        assert_eq!(
            config(&token).unwrap().access,
            ReadAccess::Token("t".to_owned())
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_option() {
        for (option, value) in [
            ("--read-token", " "),
            ("--dist", "no/such"),
            ("--site", "A"),
            ("--listen", "x"),
        ] {
            let error = config(&[option, value]).unwrap_err();
            assert!(error.contains(option), "{error}");
        }
    }
}
