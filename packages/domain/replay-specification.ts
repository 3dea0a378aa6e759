/** The part of what a replay was asked for that is stored with it. A later release may add members, so unknown ones pass. */
import { z } from 'zod';

export const replaySpecification = z.object({
  filter: z.object({
    types: z.array(z.string()).optional(),
    stores: z.array(z.string()).optional(),
    products: z.array(z.string()).optional(),
  }),
  rate: z.number().optional(),
  maxBytes: z.number().optional(),
});
