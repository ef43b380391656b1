import { publish } from '../../core/refresh/steps/publish.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(publish);
