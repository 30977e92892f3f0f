//! What comes first in a list.

use std::cmp::Reverse;

/// Sorts by a number, the greatest first; entries with the same number keep their order.
///
/// A sort of the standard library is made for each type that it is called with. Lists of all types share this one,
/// which weighs less in the module that a browser downloads.
pub(crate) fn greatest_first<T>(list: &mut [T], number: impl Fn(&T) -> u64) {
    let mut places = places(&list.iter().map(number).collect::<Vec<_>>());
    for at in 0..list.len() {
        while places[at] != at {
            let place = places[at];
            list.swap(at, place);
            places.swap(at, place);
        }
    }
}

/// Where each entry goes.
fn places(numbers: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_unstable_by_key(|&at| (Reverse(numbers[at]), at));
    let mut places = vec![0; order.len()];
    for (place, &at) in order.iter().enumerate() {
        places[at] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_a_stable_sort(numbers in prop::collection::vec(0..9_u64, 0..40)) {
            let mut list: Vec<(u64, usize)> = numbers.into_iter().zip(0..).collect();
            let mut expected = list.clone();
            expected.sort_by_key(|&(number, _)| Reverse(number));
            greatest_first(&mut list, |&(number, _)| number);
            prop_assert_eq!(list, expected);
        }
    }
}
