/**
 * Erasures as they are kept outside of the database: a restored backup still knows who was erased since it was made. One line of
 * JSON says of which log they are, then one each, with refs and without ids.
 */
import { z } from 'zod';

const head = z.object({ type: z.literal('erasures'), log_id: z.uuid(), exported_at: z.iso.datetime({ offset: true }) });
const line = z.object({
  erasure_id: z.uuid(), customer_ref: z.uuid(), erased_at: z.iso.datetime({ offset: true }), erased_by: z.string().min(1).max(300),
  holds_released: z.int().min(0), references_removed: z.int().min(0),
});
export type ErasuresHead = Readonly<z.infer<typeof head>>;
export type KeptErasure = Readonly<z.infer<typeof line>>;

/**
 * Reads the text of an export.
 * @throws {Error} where it is none, with the line, or where it is of another log
 */
export function parseErasures(text: string, logId: string): readonly KeptErasure[] {
  const lines = text.split('\n').filter((each) => each.trim() !== '');
  const parsed = <T>(schema: z.ZodType<T>, nth: number): T => {
    try {
      return schema.parse(JSON.parse(lines[nth] ?? ''));
    } catch (error) {
      throw new Error(`line ${nth + 1} is not of an export of erasures`, { cause: error });
    }
  };
  const { log_id: of } = parsed(head, 0);
  if (of !== logId) throw new Error(`it is of another log: ${of}`);
  return lines.slice(1).map((_, nth) => parsed(line, nth + 1));
}
