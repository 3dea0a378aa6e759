/** The sentences of operators' pages, in the language of the page. They come with these pages. */
import { useWords } from '../../texts/texts.ts';
import type { OpsTexts } from './en.ts';
import { opsEn } from './en.ts';
import { opsEs } from './es.ts';

export function useOpsTexts(): OpsTexts {
  return useWords().language === 'es' ? opsEs : opsEn;
}
