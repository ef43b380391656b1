import { begin } from '../../core/refresh/steps/begin.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(begin);
