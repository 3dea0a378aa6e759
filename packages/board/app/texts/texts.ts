/** The language of the page: that of the URL (`lang=es`), else the browser's, else English. */
import { here } from '../place.ts';
import { useStore } from '../parts/store.ts';
import type { Shown } from '../parts/shown.ts';
import { createShown } from '../parts/shown.ts';
import { en } from './en.ts';
import type { Texts } from './en.ts';
import { es } from './es.ts';

type Language = 'en' | 'es';

/** The sentences of a language, and how it writes numbers. */
export interface Words extends Shown {
  readonly language: Language;
  readonly t: Texts;
  /** A number as texts with a plural take it. */
  readonly n: (value: number) => { readonly n: number; readonly text: string };
}

const made = { en: createWords('en', en), es: createWords('es', es) };

function createWords(language: Language, t: Texts): Words {
  const shown = createShown(language === 'en' ? 'en-GB' : 'es-ES');
  return { language, t, ...shown, n: (value) => ({ n: value, text: shown.number(value) }) };
}

/** The words of the language that the URL or the browser asks for. */
function wordsFor(query: URLSearchParams): Words {
  const asked = query.get('lang') ?? navigator.languages.find((each) => /^(en|es)\b/.test(each)) ?? 'en';
  return asked.startsWith('es') ? made.es : made.en;
}

export function useWords(): Words {
  return wordsFor(useStore(here).query);
}
