import { resolveAsOf } from '../../core/refresh/steps/as-of.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(resolveAsOf);
