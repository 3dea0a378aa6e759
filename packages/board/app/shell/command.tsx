/** A command that does in a terminal what the page shows, to be copied. */
import { useState } from 'preact/hooks';
import { useWords } from '../texts/texts.ts';

const COPIED_MS = 2000;

export function Command({ label, text }: { readonly label: string; readonly text: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    // Without the permission the text can still be marked by hand.
    navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => { setCopied(false); }, COPIED_MS);
    }, () => undefined);
  };
  return (
    <div class="command">
      <span class="soft">{label}</span>
      <code tabIndex={0}>{text}</code>
      <button type="button" onClick={copy}>{copied ? t.product.copied : t.product.copy}</button>
    </div>
  );
}
