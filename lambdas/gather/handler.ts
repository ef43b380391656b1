import { gather } from '../../core/refresh/steps/gather.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(gather);
