import { prepare } from '../../core/refresh/steps/prepare.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(prepare);
