import { judge } from '../../core/refresh/steps/judge.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(judge);
