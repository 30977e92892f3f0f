//! The columns of a file: its flat ones, and lists and maps with all that is inside them.
//!
//! [How lists and maps are written](https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types)
//! differs between writers; all their ways are read.

use std::ops::Range;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition};
use ::parquet::schema::types::{SchemaDescriptor, Type};

use super::kind::Kind;

/// Groups in groups deeper than this are damage or an attack.
const MAX_DEPTH: usize = 64;

/// A column that can be read.
pub(super) enum Column {
    /// At most one value a row.
    Flat(Leaf),
    /// A list or a map.
    Nested(Nested),
}

/// A column of the file.
pub(super) struct Leaf {
    /// Its place in the file.
    pub(super) index: usize,
    pub(super) name: String,
    /// `None` for what is neither text, number, truth value nor time.
    pub(super) kind: Option<Kind>,
    pub(super) max_def_level: i16,
    pub(super) max_rep_level: i16,
}

/// A list or a map.
pub(super) struct Nested {
    pub(super) name: String,
    pub(super) node: Node,
    pub(super) leaves: Vec<Leaf>,
}

/// A value inside a [`Nested`] column.
pub(super) struct Node {
    /// The definition level from which on it is there.
    pub(super) def_level: i16,
    pub(super) shape: Shape,
    /// Its leaves, among those of the column; at least one.
    pub(super) leaves: Range<usize>,
}

pub(super) enum Shape {
    /// One value of this leaf.
    Value(usize),
    Struct(Vec<(String, Node)>),
    List {
        /// An element has at least this definition level, and each but the first this repetition level.
        def_level: i16,
        rep_level: i16,
        element: Box<Node>,
    },
    /// A list whose elements have a key; a set has no values.
    Map {
        def_level: i16,
        rep_level: i16,
        key: Box<Node>,
        value: Option<Box<Node>>,
    },
}

impl Column {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Flat(leaf) => &leaf.name,
            Self::Nested(nested) => &nested.name,
        }
    }

    /// The columns of the file that it is made of.
    pub(super) fn leaves(&self) -> &[Leaf] {
        match self {
            Self::Flat(leaf) => std::slice::from_ref(leaf),
            Self::Nested(nested) => &nested.leaves,
        }
    }

    pub(super) fn is_nested(&self) -> bool {
        matches!(self, Self::Nested(_))
    }
}

/// The columns of a file, in its order.
pub(super) fn columns(schema: &SchemaDescriptor) -> Vec<Column> {
    let mut walk = Walk {
        schema,
        next_leaf: 0,
        columns: Vec::new(),
    };
    for field in schema.root_schema().get_fields() {
        walk.field(field, "", 0);
    }
    walk.columns
}

struct Walk<'a> {
    schema: &'a SchemaDescriptor,
    next_leaf: usize,
    columns: Vec<Column>,
}

impl Walk<'_> {
    fn field(&mut self, field: &Type, path: &str, depth: usize) {
        let name = match path {
            "" => field.name().to_owned(),
            path => format!("{path}.{}", field.name()),
        };
        if is_repeated(field) || list_of(field).is_some() || map_of(field).is_some() {
            let mut leaves = Vec::new();
            // Nothing around it is repeated; what is optional around it counts.
            let def_level = self.def_level_before(field);
            let node = self.node(field, def_level, 0, &mut leaves, depth);
            if let Some(node) = node {
                self.columns
                    .push(Column::Nested(Nested { name, node, leaves }));
            }
        } else if field.is_primitive() {
            let leaf = self.leaf(name);
            if leaf.kind.is_some() {
                self.columns.push(Column::Flat(leaf));
            }
        } else if depth < MAX_DEPTH {
            for inner in field.get_fields() {
                self.field(inner, &name, depth + 1);
            }
        } else {
            self.next_leaf += n_leaves(field);
        }
    }

    /// The definition level of what is around `field`: that of its first leaf, without what is counted inside.
    fn def_level_before(&self, field: &Type) -> i16 {
        let Some(leaf) = self.schema.columns().get(self.next_leaf) else {
            return 0;
        };
        let mut inside = 0;
        let mut at = Some(field);
        while let Some(present) = at {
            let info = present.get_basic_info();
            let is_counted = info.has_repetition() && info.repetition() != Repetition::REQUIRED;
            inside += i16::from(is_counted);
            at = fields(present).iter().map(|inner| &**inner).next();
        }
        leaf.max_def_level() - inside
    }

    fn leaf(&mut self, name: String) -> Leaf {
        let index = self.next_leaf;
        self.next_leaf += 1;
        let column = self.schema.column(index);
        Leaf {
            index,
            name,
            kind: Kind::of(&column),
            max_def_level: column.max_def_level(),
            max_rep_level: column.max_rep_level(),
        }
    }

    /// What `field` is; `def_level` and `rep_level` are those of what is around it.
    fn node(
        &mut self,
        field: &Type,
        def_level: i16,
        rep_level: i16,
        leaves: &mut Vec<Leaf>,
        depth: usize,
    ) -> Option<Node> {
        let start = leaves.len();
        if depth > MAX_DEPTH {
            self.next_leaf += n_leaves(field);
            return None;
        }
        if is_repeated(field) {
            // A list without a name of its own: always there, maybe empty.
            let element = self.value(field, def_level + 1, rep_level + 1, leaves, depth)?;
            let shape = Shape::List {
                def_level: def_level + 1,
                rep_level: rep_level + 1,
                element: Box::new(element),
            };
            let leaves = start..leaves.len();
            return Some(Node {
                def_level,
                shape,
                leaves,
            });
        }
        let def_level = def_level + i16::from(is_optional(field));
        self.value(field, def_level, rep_level, leaves, depth)
    }

    /// What `field` is where it is there, which is at `def_level`.
    fn value(
        &mut self,
        field: &Type,
        def_level: i16,
        rep_level: i16,
        leaves: &mut Vec<Leaf>,
        depth: usize,
    ) -> Option<Node> {
        let start = leaves.len();
        let (inner_def_level, inner_rep_level) = (def_level + 1, rep_level + 1);
        let node = |walk: &mut Self, field: &Type, leaves: &mut Vec<Leaf>| {
            walk.node(field, inner_def_level, inner_rep_level, leaves, depth + 1)
        };
        let shape = if field.is_primitive() {
            leaves.push(self.leaf(field.name().to_owned()));
            Shape::Value(start)
        } else if let Some(repeated) = list_of(field) {
            let element = match element_of(field, repeated) {
                Some(element) => node(self, element, leaves)?,
                None => self.value(
                    repeated,
                    inner_def_level,
                    inner_rep_level,
                    leaves,
                    depth + 1,
                )?,
            };
            Shape::List {
                def_level: inner_def_level,
                rep_level: inner_rep_level,
                element: Box::new(element),
            }
        } else if let Some((key, value)) = map_of(field) {
            let key = Box::new(node(self, key, leaves)?);
            let value = value.and_then(|value| node(self, value, leaves));
            Shape::Map {
                def_level: inner_def_level,
                rep_level: inner_rep_level,
                key,
                value: value.map(Box::new),
            }
        } else {
            let mut inner = Vec::new();
            for field in field.get_fields() {
                let node = self.node(field, def_level, rep_level, leaves, depth + 1);
                inner.extend(node.map(|node| (field.name().to_owned(), node)));
            }
            Shape::Struct(inner)
        };
        let leaves = start..leaves.len();
        (!leaves.is_empty()).then_some(Node {
            def_level,
            shape,
            leaves,
        })
    }
}

fn fields(field: &Type) -> &[::parquet::schema::types::TypePtr] {
    if field.is_group() {
        field.get_fields()
    } else {
        &[]
    }
}

fn n_leaves(field: &Type) -> usize {
    // Without recursion: this is for what is nested too deep.
    let mut n_leaves = 0;
    let mut open = vec![field];
    while let Some(field) = open.pop() {
        n_leaves += usize::from(field.is_primitive());
        open.extend(fields(field).iter().map(|inner| &**inner));
    }
    n_leaves
}

fn repetition(field: &Type) -> Option<Repetition> {
    let info = field.get_basic_info();
    info.has_repetition().then(|| info.repetition())
}

fn is_repeated(field: &Type) -> bool {
    repetition(field) == Some(Repetition::REPEATED)
}

fn is_optional(field: &Type) -> bool {
    repetition(field) == Some(Repetition::OPTIONAL)
}

/// The repeated group or value of a group that is marked as a list.
fn list_of(field: &Type) -> Option<&Type> {
    let info = field.get_basic_info();
    let is_list = matches!(info.logical_type_ref(), Some(LogicalType::List))
        || info.converted_type() == ConvertedType::LIST;
    let [repeated] = fields(field) else {
        return None;
    };
    (is_list && is_repeated(repeated)).then_some(&**repeated)
}

/// The element inside the repeated group of a list; `None` where the group is the element itself.
fn element_of<'a>(list: &Type, repeated: &'a Type) -> Option<&'a Type> {
    let [element] = fields(repeated) else {
        return None;
    };
    let is_element = repeated.name() == "array"
        || repeated.name().strip_suffix("_tuple") == Some(list.name())
        || list_of(repeated).is_some()
        || is_repeated(element);
    (!is_element).then_some(&**element)
}

/// The key and the value of a group that is marked as a map.
fn map_of(field: &Type) -> Option<(&Type, Option<&Type>)> {
    let info = field.get_basic_info();
    let is_map = matches!(info.logical_type_ref(), Some(LogicalType::Map))
        || matches!(
            info.converted_type(),
            ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE
        );
    let [repeated] = fields(field) else {
        return None;
    };
    if !is_map || !is_repeated(repeated) {
        return None;
    }
    match fields(repeated) {
        [key] if key.is_primitive() => Some((key, None)),
        [key, value] if key.is_primitive() => Some((key, Some(value))),
        _ => None,
    }
}
