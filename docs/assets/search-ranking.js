// How the search ranks: by how many of a query's words a section holds, and how rare they are. As Material's search
// comes, one common word of a title outweighs everything.
const EVERYWHERE = new Set(["nn", "torch", "pytorch", "vs", "between"]);
const SIGNS = /[\\~^?;…]/g; // the first three mean something to lunr, and to nobody who pastes a message
const NAMED = 3; // `nn.Linear` is what a query is about: it counts as three words
const TITLE = 3; // a word of a title counts as so many of the text
const PAGE = 2; // the head of a page comes before its sections
const ALIKE = 0.85; // a word that begins as the one typed, or as its stem
const ENOUGH = 3; // a word that stands there as often has half of what it can get
const STEM = 3; // a shorter one begins too much: that of tying is that of type, too
const TYPED = 6; // a longer query is pasted, and its words are as they are
let named = new Set();

// The words that tell something, or all if none does. `1e38` is two, as `1e-38` is.
function words(query) {
  const text = query.toLowerCase();
  named = new Set(Array.from(text.matchAll(/\bnn\.(\w+)/g), (match) => match[1]));
  const all = text
    .replace(/(\d)e(?=\d)/g, "$1e ")
    .replace(SIGNS, "")
    .split(lunr.tokenizer.separator);
  const tell = all.filter((word) => word.length > 1 && lunr.stopWordFilter(word) && !EVERYWHERE.has(word));
  return [...new Set(tell.length ? tell : all)].join(" ");
}

const mistakes = ({ length }) => (length < 4 || length > 24 ? 0 : length < 7 ? 1 : 2);

// The index, with a search of its own in place of the one that it came with.
function withRanking(index) {
  const terms = Object.keys(index.invertedIndex);
  index.search = (query) => ranked(index, terms, query);
  return index;
}

function ranked(index, terms, query) {
  const stem = (word) => {
    const short = lunr.stemmer(new lunr.Token(word)).toString();
    return short.length < STEM ? word : short;
  };
  // The sections that hold a word which begins as one of these do: their names, and where each word stands in them.
  const begin = (all) => {
    const starts = [...new Set(all.concat(all.map(stem)))];
    const hits = new Map();
    for (const term of terms.filter((one) => starts.some((start) => one.startsWith(start))))
      for (const field of index.fields)
        for (const [ref, where] of Object.entries(index.invertedIndex[term][field])) {
          if (!hits.has(ref)) hits.set(ref, { ref, matchData: { metadata: Object.create(null) } });
          (hits.get(ref).matchData.metadata[term] ??= {})[field] = where;
        }
    return [...hits.values()];
  };
  const asked = query.replaceAll("*", "").split(" ");
  const sections = Object.keys(index.fieldVectors).length / 2;
  const found = new Map();
  let most = 0;
  for (const word of asked) {
    let hits = begin([word]);
    // Nowhere: then it is misspelled, by one letter or, in a longer word, two.
    for (let edits = 1; !hits.length && edits <= (asked.length > TYPED ? 0 : mistakes(word)); edits++) {
      const near = index.tokenSet.intersect(lunr.TokenSet.fromFuzzyString(word, edits)).toArray();
      if (near.length) hits = begin(near);
    }
    const typed = hits.filter(({ matchData }) => word in matchData.metadata).length;
    const rare = Math.log(1 + sections / (typed || hits.length || 1)) * (named.has(word) ? NAMED : 1);
    most += rare;
    for (const { ref, matchData } of hits) {
      let title = 0;
      let text = 0;
      for (const [term, where] of Object.entries(matchData.metadata)) {
        const close = term === word ? 1 : ALIKE;
        if (where.title) title = Math.max(title, close);
        if (where.text) text += close * where.text.position.length;
      }
      if (!found.has(ref)) found.set(ref, { ref, matchData, sum: 0, held: 0, count: 0 });
      const one = found.get(ref);
      one.sum += rare * (TITLE * title + text / (text + ENOUGH));
      one.held += rare;
      one.count += 1;
      // Material strikes out a word that is no key here.
      Object.assign(one.matchData.metadata, matchData.metadata)[word] ??= {};
    }
  }
  return Array.from(found.values(), ({ ref, matchData, sum, held, count }) => {
    const page = !ref.includes("#");
    const share = page + count / asked.length;
    const score = (page ? PAGE : 1) * sum * (held / most);
    return { ref, matchData, score: score / (1 + share * share) }; // Material multiplies by that
  });
}
