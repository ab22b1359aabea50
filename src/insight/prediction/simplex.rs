//! Downhill simplex (Nelder and Mead 1965, as in Lagarias et al. 1998): finds the least value of a function of few numbers
//! without its derivatives.

/// A difference of log-likelihoods that says nothing any more, however many customers there are.
const TOLERANCE: f64 = 1e-7;
/// What rounding leaves of a sum over many customers.
const ROUNDING: f64 = 1e-14;
/// Steps of the first simplex, and of those after it, in each direction.
const STEPS: [f64; 4] = [0.7, 0.3, 0.3, 0.3];
/// The models here take some 500.
const MOST_EVALUATIONS: usize = 10_000;

#[derive(Clone, Copy)]
struct Vertex<const N: usize> {
    at: [f64; N],
    value: f64,
}

/// Where `function` is least, and its value there. Begun anew from where it ended, since a simplex may collapse early; `None`
/// where that comes to no end, or the function has no value.
pub fn minimise<const N: usize>(start: [f64; N], mut function: impl FnMut(&[f64; N]) -> f64) -> Option<([f64; N], f64)> {
    let mut left = MOST_EVALUATIONS;
    let mut evaluate = |at: [f64; N]| {
        left = left.checked_sub(1)?;
        let value = function(&at);
        // So that what cannot be is never the least.
        Some(Vertex { at, value: if value.is_nan() { f64::INFINITY } else { value } })
    };
    let mut best = evaluate(start)?;
    for step in STEPS {
        let found = descend(best, step, &mut evaluate)?;
        let gained = best.value - found.value;
        best = found;
        if gained <= tolerance(best.value) {
            break;
        }
    }
    best.value.is_finite().then_some((best.at, best.value))
}

fn tolerance(value: f64) -> f64 {
    TOLERANCE + ROUNDING * value.abs()
}

fn descend<const N: usize>(
    start: Vertex<N>,
    step: f64,
    evaluate: &mut impl FnMut([f64; N]) -> Option<Vertex<N>>,
) -> Option<Vertex<N>> {
    let mut simplex = vec![start];
    for axis in 0..N {
        let mut at = start.at;
        at[axis] += step;
        simplex.push(evaluate(at)?);
    }
    loop {
        simplex.sort_by(|a, b| a.value.total_cmp(&b.value));
        let (best, worst, second) = (simplex[0], simplex[N], simplex[N - 1]);
        if !best.value.is_finite() || worst.value - best.value <= tolerance(best.value) {
            return Some(best);
        }
        // A point on the line from the worst vertex through the middle of the others.
        let middle: [f64; N] =
            std::array::from_fn(|axis| simplex[..N].iter().map(|vertex| vertex.at[axis]).sum::<f64>() / N as f64);
        let beyond = |by: f64| std::array::from_fn(|axis| middle[axis] + by * (middle[axis] - worst.at[axis]));
        let reflected = evaluate(beyond(1.0))?;
        let replaced = if reflected.value < best.value {
            let expanded = evaluate(beyond(2.0))?;
            Some(if expanded.value < reflected.value { expanded } else { reflected })
        } else if reflected.value < second.value {
            Some(reflected)
        } else {
            let contracted = evaluate(beyond(if reflected.value < worst.value { 0.5 } else { -0.5 }))?;
            (contracted.value < worst.value.min(reflected.value)).then_some(contracted)
        };
        match replaced {
            Some(vertex) => simplex[N] = vertex,
            None => {
                for vertex in &mut simplex[1..] {
                    *vertex = evaluate(std::array::from_fn(|axis| (best.at[axis] + vertex.at[axis]) / 2.0))?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_end_of_a_curved_valley() {
        // Rosenbrock's function.
        let (at, value) = minimise([-1.2, 1.0], |[x, y]| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)).unwrap();
        assert!(value < 1e-6 && (at[0] - 1.0).abs() < 1e-3 && (at[1] - 1.0).abs() < 1e-3, "{at:?} {value}");
    }

    #[test]
    fn where_there_is_no_value_there_is_no_least_one() {
        assert_eq!(minimise([0.0], |_| f64::NAN), None);
        assert_eq!(minimise([1.0], |[x]| -x), None, "it falls for ever");
        let (at, _) = minimise([2.0], |[x]| if *x < 1.0 { f64::NAN } else { *x }).unwrap();
        assert!((at[0] - 1.0).abs() < 1e-3, "{at:?}");
    }
}
