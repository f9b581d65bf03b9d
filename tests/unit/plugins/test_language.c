/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "language" over replies in many languages and honest English. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "rows.h"

static const char *const bad[] = {
	"Hola, su pedido fue enviado ayer y llegar\u00e1 el viernes. Lamentamos mucho la demora.",
	"Lamentamos el retraso de su pedido. Hemos enviado un reemplazo hoy.",
	"su pedido ya fue enviado y llegara manana por la tarde, gracias por su paciencia",
	"SU PEDIDO FUE ENVIADO AYER Y LLEGARA EL VIERNES POR LA TARDE",
	"Bonjour, votre commande a \u00e9t\u00e9 exp\u00e9di\u00e9e hier et arrivera vendredi.",
	"Votre colis est en route, nous sommes d\u00e9sol\u00e9s pour le retard.",
	"Ihre Bestellung wurde gestern verschickt und kommt am Freitag an.",
	"Es tut uns leid, dass der Artikel besch\u00e4digt ist. Wir schicken Ihnen sofort einen neuen.",
	"Il tuo ordine \u00e8 stato spedito ieri e arriver\u00e0 venerd\u00ec.",
	"O seu pedido foi enviado ontem e deve chegar na sexta-feira.",
	"Uw bestelling is gisteren verzonden en komt vrijdag aan.",
	"Din best\u00e4llning skickades ig\u00e5r och kommer fram p\u00e5 fredag.",
	"Din ordre blev afsendt i g\u00e5r og ankommer p\u00e5 fredag.",
	"Tilauksesi l\u00e4hetettiin eilen ja saapuu perjantaina perille.",
	"Twoje zam\u00f3wienie zosta\u0142o wys\u0142ane wczoraj i dotrze w pi\u0105tek.",
	"Va\u0161e objedn\u00e1vka byla v\u010dera odesl\u00e1na a doraz\u00ed v p\u00e1tek.",
	"Megrendel\u00e9s\u00e9t tegnap elk\u00fcldt\u00fck, p\u00e9nteken meg\u00e9rkezik.",
	"Sipari\u015finiz d\u00fcn g\u00f6nderildi ve cuma g\u00fcn\u00fc ula\u015facak.",
	"\u0110\u01a1n h\u00e0ng c\u1ee7a b\u1ea1n \u0111\u00e3 \u0111\u01b0\u1ee3c g\u1eedi h\u00f4m qua v\u00e0 s\u1ebd \u0111\u1ebfn v\u00e0o th\u1ee9 s\u00e1u.",
	"Pesanan Anda sudah dikirim kemarin dan akan tiba hari Jumat.",
	"Comanda dumneavoastr\u0103 a fost expediat\u0103 ieri \u0219i va ajunge vineri.",
	"\u60a8\u7684\u8ba2\u5355\u6628\u5929\u5df2\u7ecf\u53d1\u8d27\uff0c\u9884\u8ba1\u5468\u4e94\u9001\u8fbe\u3002",
	"\u60a8\u597d\uff0c\u5305\u88f9\u5df2\u7ecf\u5bc4\u51fa\u3002",
	"\u8bf7\u8010\u5fc3\u7b49\u5f85",
	"\u60a8\u7684\u8a02\u55ae\u5df2\u7d93\u5bc4\u51fa\uff0c\u8acb\u7a0d\u5019\u3002",
	"\u3054\u6ce8\u6587\u306e\u5546\u54c1\u306f\u6628\u65e5\u767a\u9001\u3057\u307e\u3057\u305f\u3002",
	"\uc8fc\ubb38\ud558\uc2e0 \uc0c1\ud488\uc740 \uc5b4\uc81c \ubc1c\uc1a1\ub418\uc5c8\uc2b5\ub2c8\ub2e4.",
	"\u0412\u0430\u0448 \u0437\u0430\u043a\u0430\u0437 \u0431\u044b\u043b \u043e\u0442\u043f\u0440\u0430\u0432\u043b\u0435\u043d \u0432\u0447\u0435\u0440\u0430.",
	"\u0412\u0430\u0448\u0435 \u0437\u0430\u043c\u043e\u0432\u043b\u0435\u043d\u043d\u044f \u0432\u0456\u0434\u043f\u0440\u0430\u0432\u043b\u0435\u043d\u043e \u0432\u0447\u043e\u0440\u0430.",
	"\u062a\u0645 \u0634\u062d\u0646 \u0637\u0644\u0628\u0643 \u0623\u0645\u0633 \u0648\u0633\u064a\u0635\u0644 \u064a\u0648\u0645 \u0627\u0644\u062c\u0645\u0639\u0629.",
	"\u05d4\u05d4\u05d6\u05de\u05e0\u05d4 \u05e9\u05dc\u05da \u05e0\u05e9\u05dc\u05d7\u05d4 \u05d0\u05ea\u05de\u05d5\u05dc.",
	"\u0e04\u0e33\u0e2a\u0e31\u0e48\u0e07\u0e0b\u0e37\u0e49\u0e2d\u0e02\u0e2d\u0e07\u0e04\u0e38\u0e13\u0e16\u0e39\u0e01\u0e08\u0e31\u0e14\u0e2a\u0e48\u0e07\u0e41\u0e25\u0e49\u0e27",
	"\u03a7\u03b8\u03b5\u03c2 \u03c3\u03c4\u03b5\u03af\u03bb\u03b1\u03bc\u03b5 \u03c4\u03b7\u03bd \u03c0\u03b1\u03c1\u03b1\u03b3\u03b3\u03b5\u03bb\u03af\u03b1 \u03c3\u03b1\u03c2.",
	"\u0906\u092a\u0915\u093e \u0911\u0930\u094d\u0921\u0930 \u0915\u0932 \u092d\u0947\u091c \u0926\u093f\u092f\u093e \u0917\u092f\u093e \u0925\u093e",
	"nin de dingdan yijing fahuo le, qing naixin dengdai, xiexie nin de lijie",
	/* English with two Spanish paragraphs. */
	"Hello Maria,\n\nThank you for your message. Your order has shipped and will arrive on Friday.\n\n"
	"Lamentamos mucho la demora que ha tenido con su pedido y le pedimos disculpas por las molestias.\n\n"
	"Si tiene alguna otra pregunta sobre la entrega, no dude en escribirnos y le responderemos pronto.\n\n"
	"Best regards,\nAnna",
	"Thank you for your message.\n\n\u60a8\u7684\u8ba2\u5355\u5df2\u7ecf\u53d1\u8d27\uff0c\u9884\u8ba1\u4e09\u5230\u4e94\u5929\u9001\u8fbe\u3002",
	"Hola Maria, gracias por su mensaje. El paquete llega el lunes que viene por la ma\u00f1ana.",
	"Gracias por su compra, esperamos que disfrute del producto durante muchos a\u00f1os.",
	"Order 1234567890123: el paquete fue entregado al transportista y est\u00e1 en camino.",
	"Lo sentimos mucho. El Producto Est\u00e1 Agotado Y No Podemos Enviarlo Esta Semana.",
	"\"Su pedido fue enviado ayer y llegar\u00e1 el viernes por la tarde\"",
	"Lo siento, el articulo esta agotado",
	"Nous vous remercions de votre patience et revenons vers vous bientot.",
	"Hello. Ihr Paket ist leider verloren gegangen, wir schicken Ihnen heute ein neues.",
	"Entschuldigung für die Verspätung",
	"非常抱歉给您带来不便",
	"mohon maaf atas keterlambatan pengiriman pesanan anda",
	"Hi Maria, lamentamos el inconveniente, le enviaremos un nuevo producto manana mismo.",
	"Przepraszamy za opóźnienie w dostawie.",
	"Pedimos disculpas por el inconveniente. We apologize for the inconvenience. Su reembolso fue procesado hoy. Your refund was processed today.",
	"\u5f20\u4f1f\u60a8\u7684\u5305\u88f9\u5df2\u7ecf\u5bc4\u51fa",
	NULL,
};

static const char *const good[] = {
	"Hello Maria, your order shipped yesterday and will arrive on Friday.",
	"Hola Maria,\n\nYour order shipped yesterday and will arrive on Friday. I am sorry for the delay.",
	"Bonjour Pierre,\nthank you for your message. The replacement ships today.\nCordialement,\nAnna",
	"Hola Maria,",
	"ok thx",
	"OK",
	"Thanks!",
	"THX",
	"1234567890123",
	"YOUR ORDER HAS SHIPPED AND WILL ARRIVE ON FRIDAY. WE ARE SORRY FOR THE DELAY.",
	"i am realy sory for teh delay, we wil send you a new item tomorow and you dont need to return the old one",
	"pls chk ur inbox for the return lable, we send it yestrday",
	"Your item \"Bouilloire \u00e9lectrique en acier inoxydable double paroi\" was shipped today to Zo\u00eb M\u00fcller-\u00c5ngstr\u00f6m.",
	"Dear Zo\u00eb M\u00fcller-\u00c5ngstr\u00f6m, the kettle Bouilloire \u00c9lectrique Inox has left our warehouse and arrives on Monday.",
	"Dear Zo\u00eb M\u00fcller-\u00c5ngstr\u00f6m,\n\nWe shipped this item today:\n\nBouilloire \u00c9lectrique Inox Double Paroi Sans Fil\n\nIt will arrive in three to five days.",
	"I have refunded $39.99. It arrives in 3-5 days.It was my mistake",
	"SKU AB-1234-XZ, QTY 2, PO 1234567890123, ASIN B0ABCDEFGH",
	"Ship to: Jos\u00e9 Garc\u00eda L\u00f3pez, 123 Calle de la Rosa, San Antonio TX 78205",
	"Tracking number: 9400 1000 0000 0000 0000 00. Please allow 3 days.",
	"The color is \u7ea2\u8272 on the label but the item is red. We checked it before shipping.",
	"Our warehouse clerk \u738b\u5c0f\u660e packed your order on Monday and it left the same day.",
	"Dear \u5f20\u4f1f, your parcel was delivered on Monday. Please check with your neighbours.",
	"Dear \u0418\u0432\u0430\u043d, the parcel was delivered on Monday. Please check with your neighbours.",
	"We apologise for the inconvenience; the colour of your jumper was described incorrectly in the catalogue.",
	"Please see https://www.walmart.com/ip/bouilloire-electrique-inox for details.",
	"Your FedEx label is attached. Print it, tape it to the box and drop it off at any FedEx location.",
	"The item is called \u201cTorch\u00f3n de algod\u00f3n para cocina\u201d and it is in stock again, so we shipped yours today.",
	"Yes, it fits the 2019 Honda Civic and the Toyota Corolla.",
	"No",
	"Done, refunded.",
	"Hi Jo\u00e3o, thanks for the photo! The hinge is cracked, so I am sending you a new lid today. Sorry about that. Obrigado!",
	"Hi,\n\nGracias for letting us know. The refund has been issued and will show in 3 to 5 business days.",
	"Please keep the item, no need to return it.",
	"The dress size chart: S M L XL XXL. Bust 88 cm, waist 70 cm, hips 94 cm.",
	"Your order number 108829272810783 contains 2 x LED Strip Lights 5m RGB, 1 x AC adapter, 1 x remote.",
	"We're so sorry 'bout that! It's on its way & you'll get it by Fri.",
	"The product is manufactured by Schwarzkopf and distributed by L'Or\u00e9al.",
	"Kindly be informed that the parcel is hold by custom, we are follow up with carrier and will update you soon.",
	"Dear customer, very sorry to bring you the inconvenience, we already arrange resend for you, please kindly wait patient.",
	"Unfortunately the manufacturer discontinued this coffeemaker, but the Nespresso capsules remain available.",
	"Dear customer, we have sent the new remote control today.\n\n\u5f20\u4f1f\n\u5ba2\u670d\u90e8\n\u6df1\u5733\u5e02\u84dd\u6d77\u7535\u5b50\u6709\u9650\u516c\u53f8",
	"Dear Ms. Nguy\u1ec5n Th\u1ecb H\u1ed3ng, your \u00c1o D\u00e0i dress was shipped on May 4 to 45 \u0110\u01b0\u1eddng St, San Jos\u00e9 CA. It arrives on Friday.",
	NULL,
};

static void test_bad(void **state)
{
	assert_int_equal(rows_wrong(*state, bad, true), 0);
}

static void test_good(void **state)
{
	assert_int_equal(rows_wrong(*state, good, false), 0);
	assert_int_equal(rows_wrong(*state, rows_honest, false), 0);
}

static void test_places(void **state)
{
	struct fake_message quote = {.texts = {{POSTERN_SEGMENT_NEW, "Your parcel arrives on Friday. We are sorry."},
	    {POSTERN_SEGMENT_QUOTE, bad[0]}, {POSTERN_SEGMENT_SIGNATURE, bad[21]}}};
	struct fake_message subject = {.texts = {{POSTERN_SEGMENT_SUBJECT, bad[0]}}};
	struct fake_message reply = {.headers = {{"In-Reply-To", "<a@b>"}}, .texts = {{POSTERN_SEGMENT_SUBJECT, bad[0]}}};
	struct fake_message re = {.texts = {{POSTERN_SEGMENT_SUBJECT, "Re: Su pedido fue enviado ayer y llegara el viernes"}}};

	assert_int_equal(fake_check(*state, &quote).findings, 0);
	assert_int_equal(fake_check(*state, &subject).findings, 1);
	assert_int_equal(fake_check(*state, &reply).findings, 0);
	assert_int_equal(fake_check(*state, &re).findings, 0);
}

/* The profile's language is the one demanded, unless the rule names one. */
static void test_profile(void **state)
{
	struct fake_message spanish = {.language = "es", .texts = {{POSTERN_SEGMENT_NEW, bad[1]}}};
	struct fake_message english = {.language = "es", .texts = {{POSTERN_SEGMENT_NEW, good[0]}}};
	struct fake_message chinese = {.language = "zh", .texts = {{POSTERN_SEGMENT_NEW, bad[21]}}};
	struct fake_option german[] = {{"language", "de"}, {NULL, NULL}};
	struct fake_message text = {.language = "es", .texts = {{POSTERN_SEGMENT_NEW, bad[6]}}};
	struct fake_rule *rule = fake_open(&postern_plugin, german);

	assert_int_equal(fake_check(*state, &spanish).findings, 0);
	assert_int_equal(fake_check(*state, &english).findings, 1);
	assert_int_equal(fake_check(*state, &chinese).findings, 0);
	assert_int_equal(fake_check(rule, &text).findings, 0);
	assert_int_equal(fake_check(*state, &text).findings, 1);
	fake_close(&rule);
}

/* Quotation marks and capitals of titles excuse a title, not a reply. */
static void test_disguises(void **state)
{
	char text[9000] = "Hello Maria, thank you for waiting, here is what I found out for you today. ";
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};

	while (strlen(text) + 200 < sizeof(text))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "\"Lamentamos mucho la demora de su pedido y le enviamos otro\" ");
	assert_true(strlen(text) > 4096);
	assert_int_equal(fake_check(*state, &message).findings, 1);

	snprintf(text, sizeof(text), "Hello Maria, thank you for your message. Your order has shipped and it will arrive on "
	    "Friday. We are sorry for the delay and hope that you enjoy it as much as we do when we use ours at home.\n\n"
	    "Lamentamos Mucho La Demora Que Ha Tenido Su Pedido Y Le Pedimos Disculpas Por Las Molestias\n\n"
	    "Si Tiene Alguna Otra Pregunta Sobre La Entrega No Dude En Escribirnos Y Le Responderemos Muy Pronto\n");
	assert_int_equal(fake_check(*state, &message).findings, 1);
}

static void test_labels(void **state)
{
	struct fake_message hola = {.texts = {{POSTERN_SEGMENT_NEW, "Hola Maria,\n\nYour order shipped yesterday and "
	    "arrives on Friday. I am sorry for the delay."}}};
	struct fake_message tiny = {.texts = {{POSTERN_SEGMENT_NEW, "ok thx"}}};
	struct fake_result result = fake_check(*state, &hola);

	assert_true(fake_has_label(&result, "greeting-foreign"));
	assert_false(fake_has_label(&result, "language-undecided"));
	result = fake_check(*state, &tiny);
	assert_true(fake_has_label(&result, "language-undecided"));
	assert_false(fake_has_label(&result, "greeting-foreign"));
}

/* Other kinds of text are in any language. */
static void test_kinds(void **state)
{
	static const enum postern_segment_kind kinds[] = {POSTERN_SEGMENT_NAME, POSTERN_SEGMENT_FILE, POSTERN_SEGMENT_HIDDEN,
	    POSTERN_SEGMENT_SIGNATURE, POSTERN_SEGMENT_DISCLAIMER, POSTERN_SEGMENT_QUOTE};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, good[0]}, {kinds[i], bad[0]}}};

		assert_int_equal(fake_check(*state, &message).findings, 0);
	}
}

static const char *const short_bad[] = {"Gracias!", "\u8c22\u8c22", "Merci beaucoup.", "\u0441\u043f\u0430\u0441\u0438\u0431\u043e",
	"Danke, erledigt.", "Ya enviado.", "Lo siento.", "Obrigado!", "\u0627\u0634\u0643\u0631\u0643", "Grazie mille!", "De nada, listo.",
	"\u3042\u308a\u304c\u3068\u3046", "terima kasih", "xiexie", NULL};
static const char *const short_good[] = {"Thanks!", "ok", "Done, refunded.", "THX", "Dear \u5f20\u4f1f, your parcel was delivered on Monday.",
	"1234567890123", "Model DE-12", "Yes, Maria.", "Will do, Rosa De Leon.", "Blue, size L.", "Shipped!", "It is 5 \u03a9.", "", NULL};

static void test_short(void **state)
{
	struct fake_option options[] = {{"short_text", "yes"}, {"dictionary", ""}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);
	struct fake_message signature = {.texts = {{POSTERN_SEGMENT_NEW, good[0]},
	    {POSTERN_SEGMENT_SIGNATURE, "\u53d1\u81ea\u6211\u7684\u624b\u673a"}}};
	struct fake_message name = {.texts = {{POSTERN_SEGMENT_NEW, good[0]}, {POSTERN_SEGMENT_SIGNATURE, "\u5f20\u4f1f"}}};

	(void)state;
	assert_int_equal(rows_wrong(rule, short_bad, true), 0);
	assert_int_equal(rows_wrong(rule, short_good, false), 0);
	assert_int_equal(rows_wrong(rule, rows_honest, false), 0);
	assert_int_equal(fake_check(rule, &signature).findings, 1);
	assert_int_equal(fake_check(rule, &name).findings, 0);
	fake_close(&rule);
}

static void test_config(void **state)
{
	struct fake_option missing[] = {{"dictionary", "/nowhere/en_US"}, {NULL, NULL}};
	struct fake_option code[] = {{"language", "englisch"}, {NULL, NULL}};
	struct fake_option none[] = {{"dictionary", ""}, {NULL, NULL}};
	struct fake_message text = {.texts = {{POSTERN_SEGMENT_NEW, bad[0]}}};
	struct fake_rule *rule;

	(void)state;
	assert_null(fake_open(&postern_plugin, missing));
	assert_non_null(strstr(fake_error(), "hunspell"));
	assert_null(fake_open(&postern_plugin, code));
	rule = fake_open(&postern_plugin, none);
	assert_int_equal(fake_check(rule, &text).findings, 1);
	fake_close(&rule);
}

/* ---- a large set of sentences, see sentences/README.md ---- */

#define MOST_PER_THOUSAND 3
#define SHOWN 20

struct rates {
	size_t judged, undecided, wrong;
};

static void judge_sentence(const struct fake_rule *rule, const char *sentence, bool foreign, struct rates *rates)
{
	struct fake_message message = {.direction = POSTERN_OUTBOUND, .texts = {{POSTERN_SEGMENT_NEW, sentence}}};
	struct fake_result result = fake_check(rule, &message);

	assert_int_equal(result.status, POSTERN_OK);
	if (fake_has_label(&result, "language-undecided")) {
		rates->undecided++;
		return;
	}
	rates->judged++;
	if ((result.findings > 0) == foreign)
		return;
	if (++rates->wrong <= SHOWN)
		fprintf(stderr, "%s: \"%s\" (%s)\n", foreign ? "not found" : "false alarm", sentence, result.evidence);
}

/* The last column of each line is the sentence. */
static struct rates judge_file(const struct fake_rule *rule, const char *path, bool foreign)
{
	struct rates rates = {0, 0, 0};
	char line[4096];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *tab = strrchr(line, '\t');

		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#')
			judge_sentence(rule, tab != NULL ? tab + 1 : line, foreign, &rates);
	}
	fclose(f);
	printf("%s: %zu sentences, %zu undecided, %zu %s: %.2f %%\n", path, rates.judged + rates.undecided,
	    rates.undecided, rates.wrong, foreign ? "passed" : "held", 100.0 * (double)rates.wrong / (double)rates.judged);
	return rates;
}

static void test_sentences(void **state)
{
	struct rates english = judge_file(*state, SENTENCES_DIR "/english.txt", false);
	struct rates foreign = judge_file(*state, SENTENCES_DIR "/foreign.txt", true);

	assert_true(english.judged > 1000 && foreign.judged > 1400);
	assert_true(english.wrong * 1000 <= MOST_PER_THOUSAND * english.judged);
	assert_true(foreign.wrong * 1000 <= MOST_PER_THOUSAND * foreign.judged);
	/* Undecided is no way out. */
	assert_true(english.undecided * 10 <= english.judged && foreign.undecided * 50 <= foreign.judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_disguises),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
