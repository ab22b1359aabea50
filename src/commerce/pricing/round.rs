//! Rounding, in one place.

/// `amount × numerator ÷ denominator`, rounded half to even. For amounts and fractions of at least zero, which cannot overflow:
/// amounts are below 2⁶³ and fractions below 2³².
#[must_use]
pub fn half_even(amount: i64, numerator: u32, denominator: u32) -> i64 {
    let (above, below) = (i128::from(amount) * i128::from(numerator), i128::from(denominator.max(1)));
    let (whole, rest) = (above / below, above % below);
    let up = rest * 2 > below || rest * 2 == below && whole % 2 == 1;
    i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
}

/// Spreads an amount over weights: each gets its share rounded down, and the rest goes to the largest fractions, the first of
/// equal ones. Nobody gets more than its weight, provided that the amount is not above their sum.
#[must_use]
pub fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().copied().map(i128::from).sum();
    if sum <= 0 {
        return vec![0; weights.len()];
    }
    let share = |weight: &i64| i128::from(*weight) * i128::from(amount);
    let mut parts: Vec<i64> = weights.iter().map(|weight| i64::try_from(share(weight) / sum).unwrap_or(i64::MAX)).collect();
    let mut rest = amount - parts.iter().sum::<i64>();
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(share(&weights[*place]) % sum));
    for place in places {
        if rest == 0 {
            break;
        }
        if parts[place] < weights[place] {
            parts[place] += 1;
            rest -= 1;
        }
    }
    parts
}
