import { finish } from '../../core/refresh/steps/finish.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(finish);
