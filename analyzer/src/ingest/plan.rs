//! A mapping as numbers: which columns are read, and which of them may hold what.

use super::cell::Cell;
use super::error::ImportError;
use super::mapping::Mapping;

/// The mapping as numbers: the distinct columns, and for each role the columns that may hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The distinct columns that are read; a reader finds each one's cell by its position here.
    pub(super) columns: Vec<String>,
    /// The columns whose nested JSON is wanted as it is written.
    pub(super) is_raw: Vec<bool>,
    /// For each role the columns that may hold it: the first that is not empty counts.
    pub(super) choices: Vec<Vec<usize>>,
    /// The name of each choice's role, for messages.
    pub(super) roles: Vec<&'static str>,
    pub(super) person: Option<usize>,
    /// Where the time is put together, the first of its columns.
    pub(super) time: usize,
    pub(super) time_template: Option<Template>,
    pub(super) time_of_day: Option<usize>,
    pub(super) name: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) seq: Option<usize>,
    pub(super) tab: Option<usize>,
    pub(super) session: Option<usize>,
    pub(super) page: Option<usize>,
    pub(super) value: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) transaction: Option<usize>,
    pub(super) cart: Option<usize>,
    pub(super) item: Option<usize>,
    pub(super) item_name: Option<usize>,
    pub(super) item_brand: Option<usize>,
    pub(super) item_category: Option<usize>,
    pub(super) price: Option<usize>,
    pub(super) quantity: Option<usize>,
    pub(super) props: Vec<usize>,
    pub(super) props_json: Option<usize>,
    /// The keys in `props_json` that are the person, the time or the id, and no properties.
    pub(super) spent: Vec<String>,
    pub(super) items_json: Option<usize>,
}

/// A text with columns in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    /// The text before each, and the choice that it is.
    parts: Vec<(String, usize)>,
    /// The text after the last.
    end: String,
}

impl Template {
    /// The text with the cells of a row; a single digit gets a zero before it.
    ///
    /// # Errors
    /// The first choice that is empty.
    pub(super) fn filled<'a>(&self, cell: impl Fn(usize) -> Cell<'a>) -> Result<String, usize> {
        let mut text = String::new();
        for (before, choice) in &self.parts {
            text += before;
            let start = text.len();
            cell(*choice).write_text(&mut text);
            match text.len() - start {
                0 => return Err(*choice),
                // Months, days and hours have two digits.
                1 => text.insert(start, '0'),
                _ => {}
            }
        }
        text += &self.end;
        Ok(text)
    }
}

/// Where a table has a column of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere: another column stands for it.
    Absent,
    /// The column at this position.
    Column(usize),
    /// Inside the JSON text of the column at this position.
    Inside(usize),
}

/// Where a table with the columns `available` has a column. Of columns with the same name, the first.
pub(super) fn place(column: &str, available: &[String]) -> Place {
    let find = |name: &str| available.iter().position(|known| known == name);
    if let Some(position) = find(column) {
        return Place::Column(position);
    }
    let mut dots = column.match_indices('.').map(|(at, _)| at);
    let outer = dots.find_map(|at| find(&column[..at]));
    outer.map_or(Place::Absent, Place::Inside)
}

impl Plan {
    /// Whether an order may have a row for each of its products. Rows with ids of their own are events of their own.
    pub(super) fn has_lines(&self) -> bool {
        let has_item = self.item.is_some() || self.item_name.is_some();
        self.transaction.is_some() && has_item && self.id.is_none()
    }

    /// # Errors
    /// [`ImportError::Mapping`] where a column that must be given is not.
    pub(super) fn new(mapping: &Mapping) -> Result<Self, ImportError> {
        if mapping.person.is_empty() && mapping.user.is_none() {
            return Err(ImportError::Mapping(
                "`person` or `user` must name a column",
            ));
        }
        if mapping.time.is_empty() {
            return Err(ImportError::Mapping("`time` must name a column"));
        }
        if mapping.name.is_empty() && mapping.name_constant.is_none() {
            return Err(ImportError::Mapping(
                "`name` must name a column, or `name_constant` the event",
            ));
        }
        let mut plan = Self::default();
        let given = |column: &String| (!column.is_empty()).then(|| column.clone());
        let person = plan.optional("person", &given(&mapping.person));
        let time_template = plan.template("time", &mapping.time)?;
        if time_template.is_some() && mapping.time_of_day.is_some() {
            return Err(ImportError::Mapping(
                "`time` is put together of several columns; put that of `time_of_day` there too",
            ));
        }
        let time = match &time_template {
            Some(template) => template.parts[0].1,
            None => plan.choice("time", &mapping.time),
        };
        let name = plan.optional("name", &given(&mapping.name));
        let mut optional = |role, column: &Option<String>| plan.optional(role, column);
        let time_of_day = optional("time_of_day", &mapping.time_of_day);
        let user = optional("user", &mapping.user);
        let id = optional("id", &mapping.id);
        let seq = optional("seq", &mapping.seq);
        let tab = optional("tab", &mapping.tab);
        let session = optional("session", &mapping.session);
        let page = optional("page", &mapping.page);
        let value = optional("value", &mapping.value);
        let currency = optional("currency", &mapping.currency);
        let transaction = optional("transaction", &mapping.transaction);
        let cart = optional("cart", &mapping.cart);
        let item = optional("item", &mapping.item);
        let item_name = optional("item_name", &mapping.item_name);
        let item_brand = optional("item_brand", &mapping.item_brand);
        let item_category = optional("item_category", &mapping.item_category);
        let price = optional("price", &mapping.price);
        let quantity = optional("quantity", &mapping.quantity);
        let props_json = optional("props_json", &mapping.props_json);
        let items_json = optional("items_json", &mapping.items_json);
        for choice in props_json.into_iter().chain(items_json) {
            for column in &plan.choices[choice] {
                plan.is_raw[*column] = true;
            }
        }
        let spent = plan.spent(props_json, person.into_iter().chain([time]).chain(id));
        let props = mapping
            .props
            .iter()
            .map(|column| plan.choice("a property", column))
            .collect();
        Ok(Self {
            person,
            time,
            time_template,
            time_of_day,
            name,
            user,
            id,
            seq,
            tab,
            session,
            page,
            value,
            currency,
            transaction,
            cart,
            item,
            item_name,
            item_brand,
            item_category,
            price,
            quantity,
            props,
            props_json,
            spent,
            items_json,
            ..plan
        })
    }

    fn optional(&mut self, role: &'static str, columns: &Option<String>) -> Option<usize> {
        Some(self.choice(role, columns.as_deref()?))
    }

    /// A role that `columns`, separated by bars, may hold.
    fn choice(&mut self, role: &'static str, columns: &str) -> usize {
        let choice = columns.split('|').map(|name| self.column(name)).collect();
        self.choices.push(choice);
        self.roles.push(role);
        self.choices.len() - 1
    }

    /// The keys of the objects that `props_json` may name which the choices of `roles` read.
    fn spent(&self, props_json: Option<usize>, roles: impl Iterator<Item = usize>) -> Vec<String> {
        let columns = |choice: usize| self.choices[choice].iter().map(|&c| &*self.columns[c]);
        let objects: Vec<&str> = props_json.into_iter().flat_map(columns).collect();
        let key = |column: &str| {
            let mut inner = objects
                .iter()
                .filter_map(|object| column.strip_prefix(object));
            inner.find_map(|key| key.strip_prefix('.').map(str::to_owned))
        };
        roles.flat_map(columns).filter_map(key).collect()
    }

    /// The columns in braces of a text, if it has any.
    fn template(
        &mut self,
        role: &'static str,
        text: &str,
    ) -> Result<Option<Template>, ImportError> {
        let mut template = Template::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (columns, after) = after.split_once('}').ok_or(ImportError::Mapping(
                "`time` has a brace that is not closed; write it like {year}-{month}-{day}",
            ))?;
            let choice = self.choice(role, columns);
            template.parts.push((before.to_owned(), choice));
            rest = after;
        }
        rest.clone_into(&mut template.end);
        Ok((!template.parts.is_empty()).then_some(template))
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(column) = self.columns.iter().position(|known| known == name) {
            return column;
        }
        self.columns.push(name.to_owned());
        self.is_raw.push(false);
        self.columns.len() - 1
    }

    /// The columns of a choice as a person wrote them.
    pub(super) fn title(&self, choice: usize) -> String {
        let columns = self.choices.get(choice).map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> = columns.iter().map(|&c| &*self.columns[c]).collect();
        names.join("|")
    }

    /// Whether something inside the column `path` is wanted.
    pub(super) fn reaches_into(&self, path: &str) -> bool {
        let inside = |column: &String| {
            let rest = column.strip_prefix(path);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        self.columns.iter().any(inside)
    }

    /// Where each column is in a table with the columns `available`.
    ///
    /// # Errors
    /// [`ImportError::UnknownColumn`] for the first role of which no column is there.
    pub(super) fn places(&self, available: &[String]) -> Result<Vec<Place>, ImportError> {
        let place = |column: &String| place(column, available);
        let places: Vec<Place> = self.columns.iter().map(place).collect();
        let is_absent = |choice: &Vec<usize>| choice.iter().all(|&c| places[c] == Place::Absent);
        match self.choices.iter().position(is_absent) {
            Some(choice) => Err(self.unknown(choice, available)),
            None => Ok(places),
        }
    }

    /// The position of each role's column, where each role has just one, which is a column by itself.
    pub(super) fn positions(&self, places: &[Place]) -> Option<Vec<usize>> {
        let position = |choice: &Vec<usize>| match choice[..] {
            [column] => match places[column] {
                Place::Column(position) => Some(position),
                Place::Absent | Place::Inside(_) => None,
            },
            _ => None,
        };
        self.choices.iter().map(position).collect()
    }

    pub(super) fn unknown(&self, choice: usize, available: &[String]) -> ImportError {
        ImportError::UnknownColumn {
            role: self.roles[choice],
            column: self.title(choice),
            available: available.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_may_play_several_roles() {
        let mapping = Mapping {
            person: "u".into(),
            time: "t".into(),
            name: "n".into(),
            value: Some("price".into()),
            price: Some("price".into()),
            props: vec!["brand".into(), "u".into()],
            ..Mapping::default()
        };
        let plan = Plan::new(&mapping).unwrap();
        assert_eq!(plan.columns, ["u", "t", "n", "price", "brand"]);
        assert_eq!(plan.page, None);
        let props: Vec<String> = plan.props.iter().map(|&prop| plan.title(prop)).collect();
        assert_eq!(props, ["brand", "u"]);

        let available = ["price", "n", "t", "u", "brand", "u"].map(String::from);
        let places = [3, 2, 1, 0, 4].map(Place::Column).to_vec();
        assert_eq!(plan.places(&available), Ok(places));
        let error = plan.places(&available[1..]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value is mapped to the column `price`, which the file does not have; it has `n`, `t`, `u`, \
             `brand`, `u`"
        );
    }

    #[test]
    fn a_time_of_several_columns() {
        let mapping = |time: &str, time_of_day: Option<&str>| Mapping {
            person: "u".into(),
            time: time.into(),
            time_of_day: time_of_day.map(str::to_owned),
            name: "n".into(),
            ..Mapping::default()
        };
        let plan = Plan::new(&mapping("{y}-{m} {h}:00", None)).unwrap();
        assert_eq!(plan.columns, ["u", "y", "m", "h", "n"]);
        assert_eq!(plan.title(plan.time), "y");
        let template = plan.time_template.unwrap();
        let cells = [
            Cell::Text("u1"),
            Cell::Int(2008),
            Cell::Text("4"),
            Cell::Int(9),
        ];
        assert_eq!(
            template.filled(|choice| cells[choice]),
            Ok("2008-04 09:00".to_owned())
        );
        let without_month = |choice| {
            if choice == 2 {
                Cell::Missing
            } else {
                cells[choice]
            }
        };
        assert_eq!(template.filled(without_month), Err(2));
        assert!(Plan::new(&mapping("{y}-{m", None)).is_err());
        assert!(Plan::new(&mapping("{y}-{m}", Some("h"))).is_err());
    }

    #[test]
    fn person_time_and_name_must_be_given() {
        for (person, user, time, name, name_constant, is_right) in [
            ("u", None, "t", "n", None, true),
            ("", Some("u"), "t", "", Some("call"), true),
            ("", None, "t", "n", None, false),
            ("u", None, "", "n", None, false),
            ("u", None, "t", "", None, false),
        ] {
            let mapping = Mapping {
                person: person.into(),
                user: user.map(str::to_owned),
                time: time.into(),
                name: name.into(),
                name_constant: name_constant.map(str::to_owned),
                ..Mapping::default()
            };
            assert_eq!(Plan::new(&mapping).is_ok(), is_right, "{mapping:?}");
        }
    }

    #[test]
    fn alternatives_and_what_is_inside_a_column() {
        let mapping = Mapping {
            person: "p|u".into(),
            time: "t".into(),
            name: "n".into(),
            page: Some("props.url".into()),
            ..Mapping::default()
        };
        let plan = Plan::new(&mapping).unwrap();
        let available = ["t", "n", "u", "props"].map(String::from);
        let places = [
            Place::Absent,
            Place::Column(2),
            Place::Column(0),
            Place::Column(1),
            Place::Inside(3),
        ];
        assert_eq!(plan.places(&available), Ok(places.to_vec()));
        assert!(plan.places(&available[..2]).is_err());
    }
}
