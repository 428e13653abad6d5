import nunjucks from 'nunjucks';

/**
 * nunjucks made to read Jinja's slices, once and for all: installing it wraps what an earlier call installed.
 * Imported only when a text has markup, since three quarters of all templates have none.
 */
nunjucks.installJinjaCompat();

export { nunjucks };
