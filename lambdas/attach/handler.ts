import { attach } from '../../core/refresh/steps/attach.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(attach);
