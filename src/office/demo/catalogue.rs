//! The records of the made-up shop: albums of artists that do not exist, put together from `lists/catalogue.tsv`.

use super::words::{self, Weighted, any, between, chance};
use anyhow::Context;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

const LIST: &str = include_str!("lists/catalogue.tsv");

const ARTISTS: usize = 240;

/// The catalogue is the same whatever the seed of the load, so that screenshots and links to products stay right.
const SEED: u64 = 0x7265_636f_7264;

/// All products, and the genres that they are sorted into.
pub struct Catalogue {
    pub genres: Vec<&'static str>,
    pub products: Vec<Product>,
    /// Genres with more records have more friends.
    weights: Weighted<usize>,
    /// The products of each genre by rising price.
    by_genre: Vec<Vec<usize>>,
}

/// A compact disc. Ids count from 1 in the order of [`Catalogue::products`].
pub struct Product {
    pub id: i64,
    pub sku: String,
    /// "Artist: Album"
    pub name: String,
    pub album: String,
    /// An index into [`Catalogue::genres`].
    pub genre: usize,
    pub price_minor: i64,
}

struct Genre {
    name: &'static str,
    artists: Vec<&'static str>,
    albums: Vec<&'static str>,
}

type Words = HashMap<&'static str, Vec<String>>;

impl Catalogue {
    /// # Errors
    /// When the list has a line that cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        let (mut genres, mut words, mut prices) = (Weighted::default(), Words::new(), Weighted::default());
        for line in words::lines(LIST) {
            match line.kind {
                "genre" => genres.push(Genre::new(line.text(0)?, line.text(2)?, line.text(3)?), line.number(1)?),
                "words" => {
                    words.insert(line.text(0)?, line.text(1)?.split(' ').map(|w| w.replace('_', " ")).collect());
                }
                "price" => prices.push(i64::from(line.number(0)?), line.number(1)?),
                _ => return line.unknown(),
            }
        }
        let products = invent(&genres, &words, &prices).context("the catalogue has an empty list")?;
        let genres: Vec<Genre> = genres.into_items();
        let mut by_genre = vec![Vec::new(); genres.len()];
        let mut weights = Weighted::default();
        for (at, product) in products.iter().enumerate() {
            by_genre[product.genre].push(at);
            weights.push(product.genre, 1);
        }
        for list in &mut by_genre {
            list.sort_by_key(|&at| (products[at].price_minor, at));
        }
        Ok(Self { genres: genres.iter().map(|g| g.name).collect(), products, weights, by_genre })
    }

    /// A genre that somebody likes; an index into [`Catalogue::genres`].
    pub fn taste(&self, rng: &mut ChaCha8Rng) -> usize {
        self.weights.pick(rng).copied().unwrap_or(0)
    }

    /// Any product of a genre, popular ones more often.
    pub fn pick(&self, genre: usize, rng: &mut ChaCha8Rng) -> Option<&Product> {
        self.by_genre.get(genre).and_then(|list| words::early(list, rng)).map(|&at| &self.products[at])
    }

    /// A product of a genre whose price is near `price_minor`; another one for another chance, where there are several.
    pub fn pick_near(&self, genre: usize, price_minor: i64, rng: &mut ChaCha8Rng) -> Option<&Product> {
        let list = self.by_genre.get(genre)?;
        let near = list.partition_point(|&at| self.products[at].price_minor < price_minor);
        let low = near.saturating_sub(3).min(list.len().saturating_sub(1));
        let high = (near + 2).min(list.len().saturating_sub(1));
        let at = between(i64::try_from(low).ok()?, i64::try_from(high).ok()?, rng);
        list.get(usize::try_from(at).ok()?).map(|&at| &self.products[at])
    }
}

impl Genre {
    fn new(name: &'static str, artists: &'static str, albums: &'static str) -> Self {
        Self { name, artists: artists.split(';').collect(), albums: albums.split(';').collect() }
    }
}

fn invent(genres: &Weighted<Genre>, words: &Words, prices: &Weighted<i64>) -> Option<Vec<Product>> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut products = Vec::new();
    let mut names = HashSet::new();
    for _ in 0..ARTISTS {
        let genre_at = genres.pick_index(&mut rng)?;
        let genre = &genres.items()[genre_at];
        let artist = title(any(&genre.artists, &mut rng)?, words, &mut rng);
        for _ in 0..between(1, 4, &mut rng) {
            let mut album = title(any(&genre.albums, &mut rng)?, words, &mut rng);
            if chance(40, &mut rng) {
                album.push_str(" (Deluxe Edition)");
            }
            let name = format!("{artist}: {album}");
            if !names.insert(name.clone()) {
                continue;
            }
            let id = i64::try_from(products.len()).ok()? + 1;
            products.push(Product {
                id,
                sku: format!("CD-{:05}", 10_000 + id * 7),
                name,
                album,
                genre: genre_at,
                price_minor: *prices.pick(&mut rng)?,
            });
        }
    }
    Some(products)
}

fn title(pattern: &str, words: &Words, rng: &mut ChaCha8Rng) -> String {
    words::expand(pattern, |name| words.get(name).and_then(|list| any(list, rng)).map_or("".into(), |w| Cow::Owned(w.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plausible_shop() {
        let catalogue = Catalogue::read().unwrap();
        assert_eq!(catalogue.genres.len(), 12);
        assert!((400..800).contains(&catalogue.products.len()), "{}", catalogue.products.len());
        assert!(catalogue.by_genre.iter().all(|list| list.len() >= 5), "every genre has records");
        assert!(catalogue.products.iter().all(|p| !p.name.contains('{') && p.price_minor > 0));
    }

    #[test]
    fn finds_records_of_about_a_price() {
        let catalogue = Catalogue::read().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for price in [0, 1177, 5000, 1_000_000] {
            assert!(catalogue.pick_near(0, price, &mut rng).is_some());
        }
    }
}
