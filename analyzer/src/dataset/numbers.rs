//! Whole numbers in the narrowest form that holds them.

use super::sorting::gather;

/// Numbers of 8 bytes, which take 4 while all are multiples of `UNIT` and small enough. `i64::MIN` stands for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Numbers<const UNIT: i64> {
    /// How many units; `i32::MIN` for none.
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

impl<const UNIT: i64> Default for Numbers<UNIT> {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl<const UNIT: i64> Numbers<UNIT> {
    /// No numbers, and room for so many.
    pub(super) fn with_capacity(n: usize) -> Self {
        Self::Narrow(Vec::with_capacity(n))
    }

    /// Makes room for so many more.
    pub(super) fn reserve_exact(&mut self, n_more: usize) {
        match self {
            Self::Narrow(numbers) => numbers.reserve_exact(n_more),
            Self::Wide(numbers) => numbers.reserve_exact(n_more),
        }
    }

    /// Appends a number.
    #[inline]
    pub(super) fn push(&mut self, number: i64) {
        match self {
            Self::Narrow(numbers) => match Self::narrow(number) {
                Some(narrow) => numbers.push(narrow),
                None => self.push_wide(number),
            },
            Self::Wide(numbers) => numbers.push(number),
        }
    }

    /// Takes the last number away.
    pub(super) fn pop(&mut self) -> Option<i64> {
        match self {
            Self::Narrow(numbers) => numbers.pop().map(Self::widen),
            Self::Wide(numbers) => numbers.pop(),
        }
    }

    /// The number at a place.
    #[inline(always)]
    pub(crate) fn get(&self, place: usize) -> i64 {
        match self {
            Self::Narrow(numbers) => Self::widen(numbers[place]),
            Self::Wide(numbers) => numbers[place],
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    /// Those at some places, in the order of these.
    pub(super) fn gather(&self, places: &[u32]) -> Self {
        match self {
            Self::Narrow(numbers) => Self::Narrow(gather(numbers, places)),
            Self::Wide(numbers) => {
                // What made them wide may not be among them.
                let mut gathered = Self::with_capacity(places.len());
                let wide = places.iter().map(|&place| numbers[place as usize]);
                wide.for_each(|number| gathered.push(number));
                gathered
            }
        }
    }

    #[inline]
    fn narrow(number: i64) -> Option<i32> {
        if number == i64::MIN {
            return Some(i32::MIN);
        }
        let units = i32::try_from(number / UNIT).ok()?;
        (number % UNIT == 0 && units != i32::MIN).then_some(units)
    }

    #[inline(always)]
    fn widen(units: i32) -> i64 {
        if units == i32::MIN {
            i64::MIN
        } else {
            i64::from(units) * UNIT
        }
    }

    #[cold]
    fn push_wide(&mut self, number: i64) {
        if let Self::Narrow(numbers) = self {
            let mut wide = Vec::with_capacity(numbers.capacity().max(numbers.len() + 1));
            wide.extend(numbers.iter().map(|&units| Self::widen(units)));
            *self = Self::Wide(wide);
        }
        self.push(number);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_what_was_pushed(numbers in prop::collection::vec(prop_oneof![
            4 => (-40_000_i64..40_000).prop_map(|n| n * 10_000),
            1 => any::<i64>(),
            1 => Just(i64::MIN),
            1 => Just(i64::from(i32::MIN) * 10_000),
            1 => Just(i64::from(i32::MAX) * 10_000),
            1 => -3..3_i64,
        ], 0..12)) {
            fn check<const UNIT: i64>(numbers: &[i64]) {
                let mut column = Numbers::<UNIT>::default();
                numbers.iter().for_each(|&number| column.push(number));
                let read = |column: &Numbers<UNIT>| (0..column.len()).map(|place| column.get(place)).collect::<Vec<_>>();
                assert_eq!(read(&column), numbers);
                let places: Vec<u32> = (0..numbers.len() as u32).rev().collect();
                let backwards = column.gather(&places);
                assert!(read(&backwards).iter().rev().eq(numbers));
                assert_eq!(backwards.gather(&places), column);
                assert_eq!(column.pop(), numbers.last().copied());
                assert_eq!(column.len(), numbers.len().saturating_sub(1));
            }
            check::<1>(&numbers);
            check::<10_000>(&numbers);
        }
    }

    #[test]
    fn cents_take_four_bytes_and_tenths_of_them_eight() {
        let mut prices = Numbers::<10_000>::default();
        [35_790_000, i64::MIN, -10_000]
            .into_iter()
            .for_each(|price| prices.push(price));
        assert_eq!(prices, Numbers::Narrow(vec![3579, i32::MIN, -1]));
        prices.push(1_000);
        assert_eq!(
            prices,
            Numbers::Wide(vec![35_790_000, i64::MIN, -10_000, 1_000])
        );
    }
}
