import { render } from '../../core/refresh/steps/render.ts';
import { stepHandler } from '../step-handler.ts';

export const handler = stepHandler(render);
