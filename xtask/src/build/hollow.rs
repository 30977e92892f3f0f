//! Taking a part out of a module, to see what it weighs.

use std::collections::HashSet;

use walrus::{FunctionId, LocalFunction, Module, ValType};

/// Leaves of the functions below some paths, such as `tracker::rules`, only that they answer nothing or zero, and says
/// how many these are. What calls them stays, and goes only where the optimiser sees that it has become pointless.
pub(super) fn hollow(module: &mut Module, paths: &[&str]) -> usize {
    let paths: Vec<String> = paths.iter().map(|path| mangled(path)).collect();
    let is_below = |name: &str| paths.iter().any(|path| name.contains(path));
    let functions = module.funcs.iter();
    let below: HashSet<FunctionId> = functions
        .filter(|function| function.name.as_deref().is_some_and(is_below))
        .map(|function| function.id())
        .collect();
    let results: Vec<(FunctionId, Vec<ValType>)> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| below.contains(id))
        .map(|(id, body)| (id, module.types.results(body.ty()).to_vec()))
        .collect();
    for (id, results) in &results {
        empty(module.funcs.get_mut(*id).kind.unwrap_local_mut(), results);
    }
    results.len()
}

fn empty(function: &mut LocalFunction, results: &[ValType]) {
    let mut body = function.builder_mut().func_body();
    body.instrs_mut().clear();
    for result in results {
        match result {
            ValType::I32 => body.i32_const(0),
            ValType::I64 => body.i64_const(0),
            ValType::F32 => body.f32_const(0.0),
            ValType::F64 => body.f64_const(0.0),
            ValType::V128 | ValType::Ref(_) => body.unreachable(),
        };
    }
}

/// A path as it stands in the compiler's names: each part with its length before it.
fn mangled(path: &str) -> String {
    let parts = path.split("::");
    parts.map(|part| format!("{}{part}", part.len())).collect()
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, ModuleConfig};

    use super::*;

    #[test]
    fn only_what_is_below_the_path_becomes_empty() {
        let mut module = Module::with_config(ModuleConfig::new());
        for name in [
            "_ZN3sdk7tracker5rules4fire17h0E",
            "_ZN3sdk7tracker6orders4keep17h0E",
        ] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
            builder
                .name(name.to_owned())
                .func_body()
                .i32_const(1)
                .i32_const(2)
                .drop();
            builder.finish(Vec::new(), &mut module.funcs);
        }
        assert_eq!(hollow(&mut module, &["tracker::rules"]), 1);
        let lengths: Vec<u64> = module
            .funcs
            .iter_local()
            .map(|(_, body)| body.size())
            .collect();
        assert_eq!(lengths.len(), 2);
        assert!(lengths[0] < lengths[1], "{lengths:?}");
        assert_eq!(hollow(&mut module, &["tracker::links"]), 0);
    }
}
