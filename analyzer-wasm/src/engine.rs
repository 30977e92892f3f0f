//! The engine: bytes go in, a dataset is built, requests are answered.

use std::cell::RefCell;
use std::rc::Rc;

use analyzer::Request;
use analyzer::analysis::scope::Recent;
use analyzer::dataset::Dataset;
use analyzer::ingest::chunk::Chunk;
use analyzer::ingest::{ImportOptions, Importer, LiveImport};
use js_sys::Error;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{from_js, from_js_or_default, to_error, to_js};
use crate::time_zone::transitions;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { ImportOptions } from "../../www/src/generated/ImportOptions";
import type { Inspection } from "../../www/src/generated/Inspection";
import type { Progress } from "../../www/src/generated/Progress";
import type { Rejections } from "../../www/src/generated/Rejections";
import type { Report } from "../../www/src/generated/Report";
import type { Request } from "../../www/src/generated/Request";
import type { Summary } from "../../www/src/generated/Summary";
"#;

/// Time zones are asked for this much before and after the data, so that months are whole.
const MARGIN: i64 = 60 * 86_400_000;

/// An import that becomes a dataset, and the dataset.
#[wasm_bindgen]
pub struct Engine {
    state: State,
    recent: RefCell<Recent>,
}

enum State {
    Importing(Box<Importer>),
    Ready(Rc<Dataset>),
    /// The import goes on.
    Live(Box<LiveImport>, Rc<Dataset>),
    /// The import failed at its end.
    Failed,
}

#[wasm_bindgen]
impl Engine {
    /// An engine that waits for bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "ImportOptions | null | undefined")] options: JsValue,
    ) -> Result<Engine, Error> {
        let mut options: ImportOptions = from_js_or_default(options)?;
        options.time_zones = Some(|name| transitions(name, i64::MIN..=i64::MAX));
        let importer = Importer::new(options).map_err(|error| to_error(&error))?;
        Ok(Self {
            state: State::Importing(Box::new(importer)),
            recent: RefCell::default(),
        })
    }

    /// Takes the next bytes of the file.
    #[wasm_bindgen(unchecked_return_type = "Progress")]
    pub fn push(&mut self, bytes: &[u8]) -> Result<JsValue, Error> {
        let importer = self.importer()?;
        importer.push(bytes).map_err(|error| to_error(&error))?;
        to_js(&importer.progress())
    }

    /// Takes the next rows of a Parquet file, as `ParquetReader.next_chunk` gave them.
    #[wasm_bindgen(unchecked_return_type = "Progress")]
    pub fn push_chunk(&mut self, bytes: &[u8]) -> Result<JsValue, Error> {
        let chunk = Chunk::decode(bytes).map_err(|error| to_error(&error))?;
        let importer = self.importer()?;
        importer
            .push_chunk(&chunk)
            .map_err(|error| to_error(&error))?;
        to_js(&importer.progress())
    }

    /// Says how many bytes the present file has.
    pub fn expect_bytes(&mut self, n_bytes: f64) -> Result<(), Error> {
        self.importer()?.expect_bytes(n_bytes as u64);
        Ok(())
    }

    /// Makes room for so many more rows, as a file's own count tells. Less memory is needed then.
    pub fn expect_rows(&mut self, n_more: f64) -> Result<(), Error> {
        self.importer()?.expect_rows(n_more as u64);
        Ok(())
    }

    /// The columns of a Parquet file that the import needs; `undefined` where it will refuse the file, and can then
    /// say which columns there are.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "wasm-bindgen hands over lists by value"
    )]
    pub fn needed_columns(&mut self, columns: Vec<String>) -> Result<Option<Vec<String>>, Error> {
        Ok(self.importer()?.needed_columns(&columns))
    }

    /// The dataset as bytes, which a later engine opens without parsing.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        Ok(self.dataset()?.encode())
    }

    /// A share of the people as bytes, for `open_share` of another engine. `share` counts from 0 to below `n_shares`.
    pub fn encode_share(&self, share: usize, n_shares: usize) -> Result<Vec<u8>, Error> {
        Ok(self.dataset()?.encode_share(share, n_shares))
    }

    /// An engine that has a share of the people of another.
    pub fn open_share(bytes: &[u8]) -> Result<Engine, Error> {
        let dataset = Dataset::decode(bytes).map_err(|error| to_error(&error))?;
        Ok(Self {
            state: State::Ready(Rc::new(dataset)),
            recent: RefCell::default(),
        })
    }

    /// Ends the present file and begins another one that goes into the same dataset.
    pub fn next_file(&mut self, name: &str) -> Result<(), Error> {
        self.importer()?
            .next_file(name)
            .map_err(|error| to_error(&error))
    }

    /// Builds the dataset; gives the rows that could not be used.
    #[wasm_bindgen(unchecked_return_type = "Rejections")]
    pub fn finish(&mut self) -> Result<JsValue, Error> {
        self.importer()?;
        let State::Importing(importer) = std::mem::replace(&mut self.state, State::Failed) else {
            return Err(Error::new("the import has ended"));
        };
        let (dataset, rejections) = importer.finish().map_err(|error| to_error(&error))?;
        self.state = State::Ready(Rc::new(dataset));
        to_js(&rejections)
    }

    /// Builds the dataset, like `finish`, and stays ready to `append` to it. That takes the memory of a second dataset.
    #[wasm_bindgen(unchecked_return_type = "Rejections")]
    pub fn go_live(&mut self) -> Result<JsValue, Error> {
        self.importer()?;
        let State::Importing(importer) = std::mem::replace(&mut self.state, State::Failed) else {
            return Err(Error::new("the import has ended"));
        };
        let mut live = importer.go_live().map_err(|error| to_error(&error))?;
        let dataset = Rc::new(live.dataset());
        let rejections = to_js(live.rejections());
        self.state = State::Live(Box::new(live), dataset);
        rejections
    }

    /// Adds events of our own format, one JSON object a line, to what `go_live` built; gives all rows that could not
    /// be used so far. Whoever asks from now on is told of them; jobs that have begun are not.
    #[wasm_bindgen(unchecked_return_type = "Rejections")]
    pub fn append(&mut self, ndjson: &[u8]) -> Result<JsValue, Error> {
        let State::Live(live, dataset) = &mut self.state else {
            return Err(Error::new("the data is not live; open it as live data"));
        };
        live.append(ndjson);
        *dataset = Rc::new(live.dataset());
        self.recent = RefCell::default();
        to_js(live.rejections())
    }

    /// What the dataset holds.
    #[wasm_bindgen(unchecked_return_type = "Summary")]
    pub fn summary(&self) -> Result<JsValue, Error> {
        to_js(&self.dataset()?.summary())
    }

    /// Answers a request in one go.
    #[wasm_bindgen(unchecked_return_type = "Report")]
    pub fn run(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Request")] request: JsValue,
    ) -> Result<JsValue, Error> {
        self.begin(request)?.finish()
    }

    /// Begins to answer a request in slices, between which the caller can report progress or stop.
    pub fn begin(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Request")] request: JsValue,
    ) -> Result<Job, Error> {
        let mut request: Request = from_js(request)?;
        let dataset = Rc::clone(self.dataset()?);
        let first = dataset
            .first_ts()
            .unwrap_or_default()
            .saturating_sub(MARGIN);
        let last = dataset.last_ts().unwrap_or_default().saturating_add(MARGIN);
        request.resolve_time_zones(&mut |name| transitions(name, first..=last));
        let recent = &mut *self.recent.borrow_mut();
        let scoped = analyzer::analysis::Job::scopes(&dataset, &request, recent);
        let scoped = scoped.map_err(|error| to_error(&error))?;
        let job = analyzer::analysis::Job::share(&dataset, &request, &scoped, 0, 1);
        let job = job.map_err(|error| to_error(&error))?;
        Ok(Job { job, dataset })
    }

    fn importer(&mut self) -> Result<&mut Importer, Error> {
        match &mut self.state {
            State::Importing(importer) => Ok(importer),
            State::Ready(_) | State::Live(..) => Err(Error::new(
                "the import has ended; open another engine for more data",
            )),
            State::Failed => Err(Error::new("the import failed; open another engine")),
        }
    }

    fn dataset(&self) -> Result<&Rc<Dataset>, Error> {
        match &self.state {
            State::Ready(dataset) | State::Live(_, dataset) => Ok(dataset),
            State::Importing(_) => Err(Error::new("the import has not ended; call finish() first")),
            State::Failed => Err(Error::new("the import failed; open another engine")),
        }
    }
}

/// A request that is being answered in slices. Dropping it with `free()` stops it.
#[wasm_bindgen]
pub struct Job {
    job: analyzer::analysis::Job,
    dataset: Rc<Dataset>,
}

#[wasm_bindgen]
impl Job {
    /// Scans up to this many more people and gives the share that is done, 1 at the end.
    pub fn step(&mut self, n_people: u32) -> f64 {
        self.job.step(&self.dataset, n_people as usize)
    }

    /// Scans whoever is left and gives what was found as bytes, for `absorb` of the same request's job in an engine that
    /// has another share. The job is used up.
    pub fn found(self) -> Vec<u8> {
        self.job.found(&self.dataset)
    }

    /// Adds what the same request has found in another share.
    pub fn absorb(&mut self, found: &[u8]) -> Result<(), Error> {
        self.job.absorb(found).map_err(|error| to_error(&error))
    }

    /// Scans whoever is left and gives the report. The job is used up.
    #[wasm_bindgen(unchecked_return_type = "Report")]
    pub fn finish(self) -> Result<JsValue, Error> {
        to_js(&self.job.finish(&self.dataset))
    }
}

/// What a file seems to be, from its first bytes and its name.
#[wasm_bindgen(unchecked_return_type = "Inspection")]
pub fn inspect(head: &[u8], file_name: &str) -> Result<JsValue, Error> {
    to_js(&analyzer::ingest::inspect(head, file_name).map_err(|error| to_error(&error))?)
}

/// Whether a file of an archive, by its path there, is one of events.
#[wasm_bindgen]
pub fn is_of_events(path: &str) -> bool {
    analyzer::ingest::is_of_events(path)
}

/// Whether an archive with a file of this path is a document of an office program.
#[wasm_bindgen]
pub fn is_of_office(path: &str) -> bool {
    analyzer::ingest::is_of_office(path)
}

/// What a Parquet file with these columns seems to be.
#[wasm_bindgen(unchecked_return_type = "Inspection")]
pub fn inspect_columns(columns: Vec<String>) -> Result<JsValue, Error> {
    to_js(&analyzer::ingest::inspect_columns(columns))
}
